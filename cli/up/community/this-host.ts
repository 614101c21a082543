import { readdirSync, statfsSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { apiVersion } from "../../../operator/apis/group.ts";
import { type ModelHostSpec, modelHostKind } from "../../../operator/apis/model-host.ts";
import { editYaml } from "./policy/edit-yaml.ts";

export const thisHost = "this-machine";
/** In the policy repository. */
export const hostPath = `hosts/${thisHost}.yaml`;

/** What is left for the system and for us on a machine that also does other things. */
const memoryShare = 75;

export interface HostFacts {
  /** Of its Ollama. */
  readonly url: string;
  readonly owner: string;
  readonly modelsPath: string;
}

/**
 * The file that declares this machine as a host of the community; undefined where `present`, the file as the policy has it, says so
 * already. Of a file that is there, and of a host that an earlier version declared by hand (`former`), only the address is changed:
 * the rest is its owner's.
 */
export function hostFile(
  facts: HostFacts,
  present: string | undefined,
  former: ModelHostSpec | undefined,
): string | undefined {
  const { url, owner } = facts;
  if (present !== undefined) return editYaml(present, [{ path: ["spec", "endpoint", "direct", "url"], value: url }]);
  const spec = former ? { ...former, owner, endpoint: { direct: { ...former.endpoint.direct, url } } } : newSpec(facts);
  const object = { apiVersion, kind: modelHostKind.kind, metadata: { name: thisHost }, spec };
  // Quoted where any parser would take a text for something else: `18:00` is a number to some.
  return `${heading}${stringify(object, { version: "1.1", lineWidth: 0 })}`;
}

const heading = `# This machine, as \`npm start\` found it. How much of it the community may use is its owner's to say: memoryShare, quietHours,
# pause, hardware.disk.
`;

function newSpec({ url, owner, modelsPath }: HostFacts): object {
  return {
    owner,
    site: "home",
    layer: "community",
    trust: "trusted",
    endpoint: { direct: { url } },
    hardware: { accelerator: "cpu", memory: mebibytes(totalmem()), disk: mebibytes(diskBytes(modelsPath)) },
    memoryShare,
    engine: { kind: "Ollama", parallel: 1, kvCacheType: "f16" },
  };
}

/** What models hold already plus what is free: that much may they take in all. */
function diskBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize + heldBytes(path);
}

function heldBytes(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce(
    (sum, file) => sum + (statSync(join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function mebibytes(bytes: number): string {
  return `${Math.max(1, Math.floor(bytes / 2 ** 20))}Mi`;
}
