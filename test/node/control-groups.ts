/** Control groups are the machine's: what a kubelet made stays when its containers are gone, and is removed here. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../operator/clock/system.ts";

const root = "/sys/fs/cgroup";
/** Of the kubelet, and of containerd for what the kubelet gives no group. */
const ours = ["kubepods", "k8s.io"];
const patienceMs = 30_000;
const everyMs = 200;

/** Groups whose processes are still dying are tried again; what then is left is no error of a test. */
export async function removeLeftControlGroups(): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += everyMs) {
    const left = hierarchies()
      .flatMap((folder) => ours.map((name) => join(folder, name)))
      .filter(existsSync);
    if (left.length === 0) return;
    for (const group of left) removeTree(group);
    await systemClock.sleep(everyMs);
  }
}

/** Whether containers of some kubelet run on this machine, which then is a node already. */
export function isNodeAlready(): boolean {
  return hierarchies().some((folder) => hasProcesses(join(folder, "kubepods")));
}

function hasProcesses(group: string): boolean {
  if (!existsSync(group)) return false;
  const own = readFileSync(join(group, "cgroup.procs"), "utf8").trim();
  return own !== "" || foldersOf(group).some(hasProcesses);
}

/** One of version 2, or one for each controller. */
function hierarchies(): string[] {
  return [root, ...foldersOf(root)];
}

function removeTree(group: string): void {
  for (const child of foldersOf(group)) removeTree(child);
  try {
    rmdirSync(group);
  } catch {
    // Busy: a process of it is not gone yet.
  }
}

function foldersOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
