/** Bytes of a Kubernetes quantity as people write memory: `6Gi`, `512Mi`, `8000000000`. */
const factors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `undefined` for none; throws on what the CRD's schema would not let through. */
export function quantityBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ""] = /^([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text) ?? [];
  const factor = factors[unit];
  if (number === undefined || factor === undefined)
    throw new RangeError(`${JSON.stringify(text)} is no quantity of bytes`);
  return Math.round(Number(number) * factor);
}
