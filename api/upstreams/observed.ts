/** What this gateway itself has seen of the hosts: their circuits, and how long they took to the first byte, per host and model. */
import type { Clock } from "../../operator/clock/clock.ts";
import { afterFailure, afterStart, type Circuit, closedCircuit, openUntil } from "../routing/breaker.ts";
import { type MovingMean, meanAt, measured } from "../routing/moving-mean.ts";

export interface Observed {
  started(host: string): void;
  answered(host: string, model: string, firstByteMs: number): void;
  /** `countsAgainstHost`: towards opening its circuit; else it is only avoided for a while. */
  failed(host: string, model: string, countsAgainstHost: boolean): void;
  /**
   * The client left before the first byte. The host goes on with the prompt for about as long again, because it looks for its
   * client only when it has something to say (https://github.com/ollama/ollama/issues/11889): others are preferred meanwhile.
   */
  abandoned(host: string, model: string, afterMs: number): void;
  circuitOpenUntilMs(host: string): number | undefined;
  firstByteMs(host: string, model: string): number;
  /** Forgets hosts that are not among these. */
  keepOnly(hosts: { has(name: string): boolean }): void;
}

interface Host {
  circuit: Circuit;
  readonly firstByte: Map<string, MovingMean>;
}

/**
 * A failure counts as an answer that took so long. Without it a host that always fails would never be measured, pass for the fastest
 * and be asked first every time.
 */
const failurePenaltyMs = 20_000;
/** A host serves few models at a time; means of older ones are dropped, oldest first. */
const modelsPerHostMax = 64;

export function createObserved(clock: Clock): Observed {
  const hosts = new Map<string, Host>();
  const of = (name: string): Host => {
    const host = hosts.get(name) ?? { circuit: closedCircuit, firstByte: new Map() };
    hosts.set(name, host);
    return host;
  };
  return {
    started(name) {
      const host = of(name);
      host.circuit = afterStart(host.circuit, clock.now());
    },
    answered(name, model, firstByteMs) {
      const host = of(name);
      host.circuit = closedCircuit;
      host.firstByte.set(model, measured(host.firstByte.get(model), firstByteMs, clock.now()));
      const [oldest] = host.firstByte.keys();
      if (oldest !== undefined && host.firstByte.size > modelsPerHostMax) host.firstByte.delete(oldest);
    },
    failed(name, model, countsAgainstHost) {
      const host = of(name);
      if (countsAgainstHost) host.circuit = afterFailure(host.circuit, clock.now());
      host.firstByte.set(model, measured(host.firstByte.get(model), failurePenaltyMs, clock.now()));
    },
    abandoned(name, model, afterMs) {
      const host = of(name);
      host.firstByte.set(model, measured(host.firstByte.get(model), 2 * afterMs, clock.now()));
    },
    circuitOpenUntilMs: (name) => openUntil(hosts.get(name)?.circuit ?? closedCircuit, clock.now()),
    firstByteMs: (name, model) => meanAt(hosts.get(name)?.firstByte.get(model), clock.now()),
    keepOnly(known) {
      for (const name of hosts.keys()) if (!known.has(name)) hosts.delete(name);
    },
  };
}
