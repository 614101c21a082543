/** Helm over our chart, as whoever installs it runs it. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments, stringify } from "yaml";
import { ensureBinary } from "../../cli/up/binaries/ensure.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";

export const chart = join(import.meta.dirname, "../../charts/commonhold");
export const namespace = "commonhold-system";

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: of whatever kind; a test looks into what it names.
  [field: string]: any;
}

export type Rendered = { readonly text: string } | { readonly refusal: string };

const run = promisify(execFile);
const folder = scratchDirectory("helm-values");
const outputBytesMax = 64 * 1024 * 1024;
let files = 0;

export async function program(name: "helm" | "kubeconform" | "kube-score"): Promise<string> {
  return (await ensureBinary(name, { env: process.env, onProgress: () => {}, clock: systemClock })).path;
}

/** What would be installed, or why nothing would. `profile`: a values file of the chart. */
export async function render(values: object, profile?: string): Promise<Rendered> {
  const args = ["template", "commonhold", chart, "--namespace", namespace, ...valuesArguments(values, profile)];
  try {
    return { text: (await run(await program("helm"), args, { maxBuffer: outputBytesMax })).stdout };
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: unknown };
    if (typeof code !== "number") throw error;
    return { refusal: stderr ?? "" };
  }
}

export async function renderedText(values: object, profile?: string): Promise<string> {
  const rendered = await render(values, profile);
  if ("refusal" in rendered) throw new Error(rendered.refusal);
  return rendered.text;
}

export async function renderedObjects(values: object, profile?: string): Promise<Manifest[]> {
  const documents = parseAllDocuments(await renderedText(values, profile));
  return documents.flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

export async function lint(values: object, profile?: string): Promise<string> {
  const args = ["lint", "--strict", chart, ...valuesArguments(values, profile)];
  return (await run(await program("helm"), args)).stdout;
}

function valuesArguments(values: object, profile: string | undefined): string[] {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, stringify(values, { compat: "yaml-1.1" }));
  return [...(profile === undefined ? [] : ["--values", join(chart, profile)]), "--values", path];
}
