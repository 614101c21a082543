/**
 * Text of any characters, lone surrogates, controls and unassigned ones among them. fast-check's own `binary` unit takes
 * most of a second to build its list of them.
 */
import fc from "fast-check";

export function anyText(maxLength: number): fc.Arbitrary<string> {
  const codes = fc.oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff }));
  return fc.string({ unit: codes.map((code) => String.fromCodePoint(code)), maxLength });
}
