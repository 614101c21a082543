import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { programPath } from "../programs/program-path.ts";
import { tryRun } from "../programs/run.ts";
import { foreignKinds } from "./foreign-kinds.ts";
import { schemasOf } from "./schemas.ts";

const folder = scratchDirectory("kubeconform");

/** What kubeconform finds in manifests (one text each, named by its place in the list); empty where all is well. */
export async function findings(texts: readonly string[], version: string): Promise<string[]> {
  const paths = texts.map((text, at) => {
    const path = join(folder, `${at}.yaml`);
    writeFileSync(path, text);
    return path;
  });
  const location = `${await schemasOf(version)}/{{.ResourceKind}}{{.KindSuffix}}.json`;
  const args = [
    "-strict",
    "-summary",
    "-output",
    "json",
    "-skip",
    // Their schemas are in no release of Kubernetes: foreign-kinds.integration.test.ts.
    foreignKinds.join(","),
    "-schema-location",
    location,
    ...paths,
  ];
  // It ends with 1 where it finds something.
  const { stdout, stderr } = await tryRun(await programPath("kubeconform"), args);
  if (stdout === "") throw new Error(`kubeconform said nothing: ${stderr}`);
  const { resources = [], summary } = JSON.parse(stdout) as Report;
  if (summary.valid === 0) throw new Error(`kubeconform checked nothing: ${stdout}`);
  return resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
}

interface Report {
  readonly resources?: readonly { kind: string; name: string; msg: string }[];
  readonly summary: { readonly valid: number };
}
