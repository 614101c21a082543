/**
 * What kubeconform checks with: the schemas of three minor versions of Kubernetes, made from the description of the API that each release
 * carries (`api/openapi-spec/swagger.json` of its Go module), strict: a field that the API does not know is an error.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot } from "../../cli/up/binaries/cache.ts";
import { run } from "../programs/run.ts";

export const kubernetesVersions = ["1.34.4", "1.35.4", "1.36.3"];

interface Definition {
  properties?: Record<string, unknown>;
  additionalProperties?: unknown;
  "x-kubernetes-group-version-kind"?: readonly { group: string; version: string; kind: string }[];
}

/** The folder of a version's schemas, made where it is not there yet. */
export async function schemasOf(version: string): Promise<string> {
  const cache = join(cacheRoot(process.env), "schemas");
  const folder = join(cache, version);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const made = `${folder}.${process.pid}`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made);
  writeSchemas(made, JSON.parse(readFileSync(await swaggerOf(version), "utf8")));
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // another worker made it meanwhile
  }
  return folder;
}

async function swaggerOf(version: string): Promise<string> {
  const module = `k8s.io/kubernetes@v${version}`;
  try {
    const stdout = await run("go", ["mod", "download", "-json", module], { cwd: tmpdir() });
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    return join(Dir, "api/openapi-spec/swagger.json");
  } catch (cause) {
    throw new Error(`${module} could not be had: install Go, and see that it reaches a module proxy`, { cause });
  }
}

function writeSchemas(folder: string, { definitions }: { definitions: Record<string, Definition> }): void {
  const strict = Object.entries(definitions).map(([name, definition]) => [name, loose[name] ?? closed(definition)]);
  writeFileSync(join(folder, "_definitions.json"), JSON.stringify({ definitions: Object.fromEntries(strict) }));
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition["x-kubernetes-group-version-kind"] ?? []) {
      // As kubeconform's {{.KindSuffix}} names them.
      const suffix = [...(group === "" ? [] : [group.split(".")[0]]), version].join("-");
      const file = `${kind}-${suffix}.json`.toLowerCase();
      writeFileSync(join(folder, file), JSON.stringify({ $ref: `_definitions.json#/definitions/${name}` }));
    }
  }
}

function closed(definition: Definition): Definition {
  if (!definition.properties || definition.additionalProperties !== undefined) return definition;
  return { ...definition, additionalProperties: false };
}

/** What the description calls a text and the API takes as a number too. */
const loose: Readonly<Record<string, object>> = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: ["string", "integer"] },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: ["string", "number"] },
};
