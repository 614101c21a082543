/** One sentence about what a reference was resolved to: name, content, size, kind. Its numbers are claims of the file or the registry. */
import type { ResolvedModel } from "../apis/model-deployment.ts";
import { formatBytes } from "../text/bytes.ts";

/** `tiny.gguf, 93.8 MiB: llama, 134.5M parameters, Q4_1`; with its digest where a reference names it: that is what one pins. */
export function modelInWords(model: ResolvedModel): string {
  const { reference, digest, source, sizeBytes } = model;
  const what = source === "Files" ? reference : `${reference} is ${digest}`;
  const kind = kindOf(model);
  const unknown = model.shapeProblem === undefined ? "" : `. Its shape is not known yet: ${model.shapeProblem}`;
  return `${what}, ${formatBytes(sizeBytes)}${kind === "" ? "" : `: ${kind}`}${unknown}`;
}

function kindOf({ architecture, parameterCount, quantization }: ResolvedModel): string {
  const parameters = parameterCount ? `${formatCount(parameterCount)} parameters` : undefined;
  return [architecture, parameters, quantization].filter((part) => part !== undefined).join(", ");
}

const units: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "K"],
];

/** As models are spoken of: `134.5M`, `7.2B`. */
function formatCount(count: number): string {
  const [size, unit] = units.find(([each]) => count >= each * 0.99995) ?? [1, ""];
  return `${Number((count / size).toFixed(1))}${unit}`;
}
