/**
 * A circuit breaker per host. After `failuresToOpen` failures in a row its circuit opens: nobody is sent there for a while. Then
 * one request is let through; if it fails the circuit opens for twice as long, if it succeeds everything is forgotten. Pure: a
 * state and the time go in, the next state comes out.
 */

export interface Circuit {
  readonly failures: number;
  /** Closed for requests before this time. 0: never opened. */
  readonly openUntilMs: number;
  /** How long it opens the next time. */
  readonly nextOpenMs: number;
  /** The one request that is let through has not ended yet. */
  readonly trial: boolean;
}

export const failuresToOpen = 3;
export const firstOpenMs = 2_000;
export const openMsMax = 30_000;
/** A trial that says nothing for so long no longer keeps others away. */
const trialMs = 10_000;

export const closedCircuit: Circuit = { failures: 0, openUntilMs: 0, nextOpenMs: firstOpenMs, trial: false };

export function afterFailure(circuit: Circuit, nowMs: number): Circuit {
  const failures = circuit.failures + 1;
  // Requests that were under way when the circuit opened say nothing new.
  const known = nowMs < circuit.openUntilMs && !circuit.trial;
  if (failures < failuresToOpen || known) return { ...circuit, failures };
  return {
    failures,
    trial: false,
    openUntilMs: nowMs + circuit.nextOpenMs,
    nextOpenMs: Math.min(openMsMax, circuit.nextOpenMs * 2),
  };
}

/** A request is about to go there: until it ends, a circuit that just reopened lets nobody else through. */
export function afterStart(circuit: Circuit, nowMs: number): Circuit {
  return circuit.failures < failuresToOpen ? circuit : { ...circuit, openUntilMs: nowMs + trialMs, trial: true };
}

/** Until when nobody may be sent there; `undefined`: now. */
export function openUntil(circuit: Circuit, nowMs: number): number | undefined {
  return nowMs < circuit.openUntilMs ? circuit.openUntilMs : undefined;
}
