import { readdirSync, statfsSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { fieldManagers } from "../../../operator/apis/group.ts";
import { modelHosts } from "../../../operator/apis/model-host.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";

export const thisHost = "this-machine";

/** What is left for the system and for us on a machine that also does other things. */
const memoryShare = 75;

/** Declares this machine as a host of the community: its Ollama, its memory, the disk that models may take. */
export async function applyThisHost(
  client: KubeClient,
  options: { url: string; owner: string; modelsPath: string },
  signal: AbortSignal,
): Promise<void> {
  const spec = {
    owner: options.owner,
    site: "home",
    layer: "community",
    trust: "trusted",
    endpoint: { direct: { url: options.url } },
    hardware: { accelerator: "cpu", memory: mebibytes(totalmem()), disk: mebibytes(diskBytes(options.modelsPath)) },
    memoryShare,
    engine: { kind: "Ollama", parallel: 1, kvCacheType: "f16" },
  };
  await client.apply(modelHosts, { metadata: { name: thisHost }, spec } as never, {
    fieldManager: fieldManagers.cli,
    signal,
  });
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
