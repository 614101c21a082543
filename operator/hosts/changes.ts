/** What differs between two views of a host, in the words that a waiting deployment listens for. */
import type { PlacementEvent } from "../placement/refusal.ts";
import type { PlacementHost } from "../placement/snapshot.ts";
import type { HostView } from "./view.ts";

export function eventsBetween(before: HostView | undefined, after: HostView): ReadonlySet<PlacementEvent> {
  if (!before) return new Set(["HostSpec", "HostReady"]);
  const events = new Set<PlacementEvent>();
  const differs = (part: (view: HostView) => unknown): boolean =>
    JSON.stringify(part(before)) !== JSON.stringify(part(after));
  if (
    differs(({ ready, reachable, placement }) => [
      ready,
      reachable,
      placement.notReady?.reason,
      placement.transportSecure,
    ])
  ) {
    events.add("HostReady");
  }
  if (differs(({ placement }) => specOf(placement))) events.add("HostSpec");
  if (differs(({ version }) => version)) events.add("HostVersion");
  if (
    differs(({ models, placement }) => [
      models.map(({ name, digest }) => [name, digest]),
      placement.removing,
      oursIn(placement),
    ])
  ) {
    events.add("HostDisk");
  }
  if (
    differs(({ loaded, placement }) => [
      loaded.map(({ name, digest, bytes, vramBytes, context }) => [name, digest, bytes, vramBytes, context]),
      placement.memory,
    ])
  ) {
    events.add("HostMemory");
  }
  return events;
}

/** Everything that the owner says, and what follows from it and the hour. */
function specOf({
  models: _,
  loaded: __,
  removing: ___,
  notReady: ____,
  memory,
  disk,
  engine,
  ...rest
}: PlacementHost): unknown {
  const { version: _____, ...settings } = engine;
  return [rest, settings, memory.allowedBytes, memory.capacityBytes, disk?.capacityBytes];
}

function oursIn({ models }: PlacementHost): unknown {
  return models.filter(({ ours }) => ours).map(({ name }) => name);
}
