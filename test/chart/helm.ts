/** Helm over our chart, as whoever installs it runs it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { programPath } from "../programs/program-path.ts";
import { run, tryRun } from "../programs/run.ts";

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

const folder = scratchDirectory("helm-values");
let files = 0;

/** What would be installed, or why nothing would. `profile`: a values file of the chart. `options`: more of `helm template`. */
export async function render(values: object, profile?: string, options: readonly string[] = []): Promise<Rendered> {
  const args = ["template", "commonhold", chart, "--namespace", namespace, ...valuesArguments(values, profile)];
  const { code, stdout, stderr } = await tryRun(await programPath("helm"), [...args, ...options]);
  if (code === null) throw new Error(`helm was ended: ${stderr}`);
  return code === 0 ? { text: stdout } : { refusal: stderr };
}

export async function renderedText(values: object, profile?: string, options?: readonly string[]): Promise<string> {
  const rendered = await render(values, profile, options);
  if ("refusal" in rendered) throw new Error(rendered.refusal);
  return rendered.text;
}

export async function renderedObjects(values: object, profile?: string): Promise<Manifest[]> {
  const documents = parseAllDocuments(await renderedText(values, profile));
  return documents.flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

export async function lint(values: object, profile?: string): Promise<string> {
  const args = ["lint", "--strict", chart, ...valuesArguments(values, profile)];
  return run(await programPath("helm"), args);
}

/** Helm at work in a cluster: `install`, `upgrade`, `rollback`, `uninstall`. Resolves to what it printed. */
export async function helm(kubeconfig: string, args: readonly string[], values?: object): Promise<string> {
  const where = ["--kubeconfig", kubeconfig, "--namespace", namespace];
  const given = values === undefined ? [] : [chart, ...valuesArguments(values, undefined)];
  return run(await programPath("helm"), [...where, ...args, ...given]);
}

function valuesArguments(values: object, profile: string | undefined): string[] {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, stringify(values, { compat: "yaml-1.1" }));
  return [...(profile === undefined ? [] : ["--values", join(chart, profile)]), "--values", path];
}
