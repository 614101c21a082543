/** How a difference between what was written and what was found is told. */
import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";

/** Nothing where they are the same. */
export function different(
  what: string,
  written: JsonValue | undefined,
  recomputed: JsonValue | undefined,
): readonly string[] {
  const [a, b] = [written, recomputed].map((value) => (value === undefined ? "nothing" : canonicalJson(value)));
  return a === b ? [] : [`${what} is ${a}, recomputed ${b}`];
}
