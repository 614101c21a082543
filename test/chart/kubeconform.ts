import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { program } from "./helm.ts";
import { schemasOf } from "./schemas.ts";

/** Kinds of others, whose schemas are in no release of Kubernetes. */
const foreign = ["ServiceMonitor", "HTTPRoute"];

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
    foreign.join(","),
    "-schema-location",
    location,
    ...paths,
  ];
  const output = await outputOf(await program("kubeconform"), args);
  const { resources = [], summary } = JSON.parse(output) as Report;
  if (summary.valid === 0) throw new Error(`kubeconform checked nothing: ${output}`);
  return resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
}

interface Report {
  readonly resources?: readonly { kind: string; name: string; msg: string }[];
  readonly summary: { readonly valid: number };
}

/** It ends with 1 where it finds something. */
function outputOf(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, args, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout !== "") resolve(stdout);
      else reject(new Error(`kubeconform said nothing: ${stderr}`, { cause: error }));
    });
  });
}
