/**
 * Whether a host answers, as a pure state. One miss says little: a host that had answered counts as away after several misses in a row, one
 * that never answered after the first. A refusal that trying again cannot mend (wrong certificate, denied) counts at once. A host
 * that is lost again and again is left alone for a while after it is back, longer each time.
 */
import type { modelHostReasons } from "../apis/conditions/model-host.ts";
import type { HostLimits } from "./limits.ts";

export interface ProbeFailure {
  readonly reason: Extract<
    keyof typeof modelHostReasons,
    "NotAnswering" | "BadAnswer" | "Denied" | "Untrusted" | "AddressRefused" | "InvalidEndpoint"
  >;
  /** A clause without a full stop, printable. */
  readonly message: string;
  /** Trying again does not mend it. */
  readonly terminal: boolean;
}

export interface Liveness {
  readonly reachable: boolean;
  /** When `reachable` became what it is. */
  readonly since: number;
  readonly everAnswered: boolean;
  /** Asked at least once. */
  readonly asked: boolean;
  /** In a row. */
  readonly misses: number;
  /** Answers in a row that told nothing new. */
  readonly steadyAnswers: number;
  /** Of the last miss; gone with the next answer. */
  readonly failure?: ProbeFailure;
  /** When it was lost, within the window. */
  readonly losses: readonly number[];
  /** Nothing new is placed there before. */
  readonly unstableUntil?: number;
}

export function notAskedYet(now: number): Liveness {
  return { reachable: false, since: now, everAnswered: false, asked: false, misses: 0, steadyAnswers: 0, losses: [] };
}

export function answered(before: Liveness, changed: boolean, now: number, limits: HostLimits): Liveness {
  const { failure: _, ...rest } = before;
  const steadyAnswers = changed || !before.reachable ? 0 : before.steadyAnswers + 1;
  const same = { ...rest, asked: true, everAnswered: true, misses: 0, steadyAnswers };
  if (before.reachable) return same;
  const losses = within(before.losses, now, limits);
  const unstable = losses.length >= limits.lossesMax;
  return {
    ...same,
    reachable: true,
    since: now,
    losses,
    ...(unstable ? { unstableUntil: now + unstableMs(losses.length, limits) } : {}),
  };
}

export function missed(before: Liveness, failure: ProbeFailure, now: number, limits: HostLimits): Liveness {
  const misses = before.misses + 1;
  const away = { ...before, asked: true, misses, steadyAnswers: 0, failure };
  if (!before.reachable) return away;
  if (misses < limits.missesMax && !failure.terminal) return away;
  return { ...away, reachable: false, since: now, losses: [...within(before.losses, now, limits), now] };
}

/** How long to wait before the next probe, without jitter. `busy`: something of ours is there, or is to go. */
export function nextProbeMs(liveness: Liveness, busy: boolean, limits: HostLimits): number {
  if (liveness.misses > 0) {
    const waited = limits.missIntervalMs * 2 ** Math.min(20, Math.max(0, liveness.misses - limits.missesMax));
    return Math.min(limits.awayIntervalMs, waited);
  }
  const over = liveness.steadyAnswers - limits.steadyAfterAnswers;
  if (over < 0) return limits.probeIntervalMs;
  const most = busy ? limits.steadyIntervalMs : limits.idleIntervalMs;
  return Math.min(Math.max(most, limits.probeIntervalMs), limits.probeIntervalMs * 1.5 ** Math.min(over + 1, 20));
}

export function isUnstable(liveness: Liveness, now: number): boolean {
  return liveness.unstableUntil !== undefined && now < liveness.unstableUntil;
}

function within(losses: readonly number[], now: number, { lossesWindowMs }: HostLimits): number[] {
  return losses.filter((at) => now - at < lossesWindowMs);
}

function unstableMs(losses: number, { lossesMax, unstableBaseMs, unstableMaxMs }: HostLimits): number {
  return Math.min(unstableMaxMs, unstableBaseMs * 2 ** Math.min(20, losses - lossesMax));
}
