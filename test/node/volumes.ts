/** Volumes as an administrator makes them where nothing else does: folders of the one node. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { scratchDirectory } from "../control-plane/scratch.ts";
import type { Substrate } from "./substrate.ts";

export async function provideVolumes(kubectl: Substrate["kubectl"], count: number): Promise<void> {
  const folder = scratchDirectory("node-volume");
  const volumes = Array.from({ length: count }, (_, index) => volume(`volume-${index + 1}`, folder));
  await kubectl(["apply", "-f", "-"], volumes.map((object) => stringify(object)).join("---\n"));
}

function volume(name: string, folder: string): object {
  const path = join(folder, name);
  mkdirSync(path);
  // A folder of the node belongs to root, and no kubelet gives it to the pod's group.
  chmodSync(path, 0o777);
  const spec = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path } };
  return { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec };
}
