/** `/api/version`: clients switch features on by it, so it is the oldest version among the hosts that answer. */
import semver from "semver";
import type { ModelHost } from "../../../operator/apis/model-host.ts";

/** Where no host has told its version yet: the oldest that the operator accepts pulls from. */
const versionFallback = "0.20.0";

export function ollamaVersion(hosts: Iterable<ModelHost>): { version: string } {
  const versions: string[] = [];
  for (const { status } of hosts) {
    const version = semver.valid(status?.version ?? null);
    if (version !== null) versions.push(version);
  }
  return { version: versions.sort(semver.compare)[0] ?? versionFallback };
}
