/** Gauges are read from the gateway's own state when somebody asks, so that they cannot drift from it. */
import type { SetGauge } from "../metrics/metrics.ts";
import type { Gateway } from "./gateway.ts";

export function gaugesOf({ active, turns, catalogue }: Gateway) {
  return (set: SetGauge): void => {
    set("inFlight", {}, active.size);
    for (const [deployment, waiting] of turns.queues()) set("queued", { deployment }, waiting);
    for (const [host, count] of perHost(turns.places())) set("hostInFlight", { host }, count);
    const freshness = catalogue.freshness();
    set("catalogueAge", {}, freshness.state === "cached" ? freshness.sinceMs / 1000 : 0);
  };
}

function perHost(places: ReturnType<Gateway["turns"]["places"]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [{ host }, count] of places) counts.set(host, (counts.get(host) ?? 0) + count);
  return counts;
}
