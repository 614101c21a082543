/** Kubernetes quantities of bytes (`6Gi`, `512Mi`, `8000000000`) as numbers. The schema admits only what `quantityPattern` does. */

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

/** Whole bytes, rounded down; `undefined` for nothing and for what is no quantity of bytes. */
export function quantityBytes(text: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text ?? "") ?? [];
  const factor = factors[unit];
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Math.floor(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
