/** Forms of Go that Ollama's API shows: durations that a client sends, values in `parameters`. */
import { Refused } from "./refused.ts";

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** `keep_alive`: a number of seconds, or a duration such as `1h30m`; negative is for ever. Undefined where it is absent. */
export function keepAliveMs(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return value < 0 ? Number.POSITIVE_INFINITY : value * 1_000;
  if (typeof value !== "string") throw new Refused(400, "Unsupported type");
  const [, sign, amounts] = /^([-+]?)((?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(value) ?? [];
  if (amounts === undefined) throw new Refused(400, `time: invalid duration "${value}"`);
  if (sign === "-") return Number.POSITIVE_INFINITY;
  let ms = 0;
  for (const [, amount, unit] of amounts.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    ms += Number(amount) * (unitsMs[unit ?? ""] ?? 0);
  }
  return ms;
}

/** server/routes.go prints each parameter as `%-30s %#v`, one line per value of a list. */
export function parameterLines(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => `${name.padEnd(30)} ${goValue(one)}`),
    )
    .join("\n");
}

function goValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 1e21) return goInteger(value);
  return String(value);
}

/** JSON numbers are float64 in Go: `%#v` writes 1e+06 from there on. */
function goInteger(value: number): string {
  if (Math.abs(value) < 1e6) return String(value);
  const [mantissa, exponent] = value.toExponential().split("e");
  return `${mantissa}e+${String(Math.abs(Number(exponent))).padStart(2, "0")}`;
}
