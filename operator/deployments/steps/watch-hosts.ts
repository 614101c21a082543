/**
 * Replicas whose host went away: not ready from the moment we know, replaced by placement after its grace, served again as they
 * are if the host comes back before. What was made on a host that is gone for good is cleaned by the host's own finalizer.
 */
import { rfc3339 } from "../../clock/clock.ts";
import { type Draft, hostOf } from "../draft.ts";

export function watchHosts(draft: Draft): void {
  const { hosts, hostsSynced, limits } = draft.snapshot;
  if (!hostsSynced) return;
  for (const replica of [...draft.replicas]) {
    const name = hostOf(replica)?.name;
    const host = name === undefined ? undefined : hosts.get(name);
    if (!host) {
      draft.drop(replica);
      draft.tell("Warning", "ReplicaLost", `${name ?? "its host"} is no longer a ModelHost; its replica is gone`);
      continue;
    }
    if (host.reachable || replica.state === "Removing") continue;
    const lostAt = host.since + limits.hostLostGraceMs;
    const words =
      draft.now < lostAt
        ? `${host.name} has not answered since ${rfc3339(host.since)}; the replica is replaced from ${rfc3339(lostAt)} on`
        : `${host.name} has not answered since ${rfc3339(host.since)}; a replacement is wanted`;
    if (replica.state !== "Lost") draft.tell("Warning", "ReplicaLost", words);
    draft.move(replica, "Lost", draft.now < lostAt ? "HostUnreachable" : "HostLost", words);
    if (draft.now < lostAt) draft.wake(lostAt);
  }
}
