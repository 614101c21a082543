/** The table of what fits where in the installation guide, from the very estimate by which the operator places models. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelDeployment, ResolvedModel } from "../../../operator/apis/model-deployment.ts";
import { estimate } from "../../../operator/deployments/estimator.ts";
import { factsOf } from "../../../operator/deployments/shape-facts.ts";
import type { ModelShape } from "../../../operator/models/model-shape.ts";
import { formatBytes } from "../../../operator/text/bytes.ts";
import { type KnownModel, knownModels } from "./models.ts";
import { weightsInQ4KM } from "./q4-k-m.ts";

const page = "docs/guides/install.md";
const begin = "<!-- From cli/generate/sizing by `npm run generate`. Do not edit. -->";
const end = "<!-- End of what is generated. -->";

const contexts = [4_096, 8_192, 32_768];
const gib = 1024 ** 3;

/** Sizes in which machines come, GiB, and what of it is there for models. */
const machines = {
  // The driver and a desktop take some of a card.
  accelerator: { sizes: [4, 6, 8, 12, 16, 24, 32, 48, 80], usable: (size: number) => 0.92 * size * gib },
  // So do the system and our services.
  cpu: { sizes: [2, 4, 8, 16, 32, 64, 128], usable: (size: number) => (size - Math.max(1, size / 8)) * gib },
} as const;

type Device = keyof typeof machines;

/** Path from the repository's root to content. Throws where the page has lost its marks. */
export async function sizingFiles(root: string): Promise<Map<string, string>> {
  const before = await readFile(join(root, page), "utf8");
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from)
    throw new TypeError(`${page} has lost the marks between which the sizing table is written`);
  const head = before.slice(0, from + begin.length);
  return new Map([[page, `${head}\n\n${sizingTables()}\n${before.slice(to)}`]]);
}

export function sizingTables(): string {
  return [
    ...["On a graphics card, with the smallest that it fits on:", ""],
    ...table("accelerator"),
    ...["", "In main memory, with the smallest machine (slow from 8B on):", ""],
    ...table("cpu"),
    "",
  ].join("\n");
}

function table(device: Device): string[] {
  const heads = contexts.map((context) => `${context / 1024}k tokens`);
  return [
    `| model | files | ${heads.join(" | ")} |`,
    `| --- | --- | ${heads.map(() => "---").join(" | ")} |`,
    ...knownModels.map((model) => {
      const cells = contexts.map((context) => cell(model, context, device));
      return `| ${model.name} | ${formatBytes(resolvedModel(model).sizeBytes)} | ${cells.join(" | ")} |`;
    }),
  ];
}

function cell(model: KnownModel, context: number, device: Device): string {
  if (context > model.shape.contextLength) return `not trained for it`;
  const bytes = memoryOf(model, context, device);
  const { sizes, usable } = machines[device];
  const fits = sizes.find((size) => usable(size) >= bytes);
  return `${formatBytes(bytes)}: ${fits === undefined ? "several" : `${fits} GB`}`;
}

/** What the operator reserves for one answer at a time, with a cache in 16 bits. */
export function memoryOf(model: KnownModel, context: number, device: Device): number {
  const spec = { model: {}, context } as ModelDeployment["spec"];
  const engine = { kind: "Ollama", parallel: 1, kvCacheType: "f16" } as const;
  return estimate({ spec }, resolvedModel(model), { engine, accelerated: device === "accelerator" }).totalBytes;
}

/** As a status would hold it after the header was read. */
export function resolvedModel({ name, shape, isTied = false, ownFormat, publishedGb = 0 }: KnownModel): ResolvedModel {
  const weights = ownFormat ? weightsOfOwn(ownFormat.embeddingBytes, publishedGb * 1e9) : weightsInQ4KM(shape, isTied);
  const whole: ModelShape = { ...shape, kind: "model", embeddingModel: false, weights };
  const sizeBytes = weights.blocks + weights.output + (isTied ? 0 : weights.input);
  const origin = { reference: name, digest: `sha256:${"0".repeat(64)}`, source: "Registry", sizeBytes } as const;
  return { ...origin, ...factsOf(whole) };
}

function weightsOfOwn(embeddingBytes: number, allBytes: number): NonNullable<ModelShape["weights"]> {
  return { blocks: allBytes - 2 * embeddingBytes, output: embeddingBytes, input: embeddingBytes };
}
