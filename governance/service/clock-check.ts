/**
 * Whether this machine's clock can be believed: nothing is decided by a clock that others contradict. It is compared with every
 * other clock that speaks to us anyway (forge, API server, witnesses) and with the log, which never goes back.
 */
export interface ClockReference {
  /** Whose clock, for the sentence. */
  readonly who: string;
  readonly at: number;
}

export interface ClockTrouble {
  readonly code: "ClockDiffers" | "ClockBehindLog";
  readonly sentence: string;
}

/** Larger than any delay of an answer, far smaller than any period of a vote that matters. */
export const clockToleranceMs = 120_000;

export function clockTrouble(
  now: number,
  references: readonly ClockReference[],
  lastRecordAt: number,
): ClockTrouble | undefined {
  if (now < lastRecordAt - clockToleranceMs) {
    const behind = inSeconds(lastRecordAt - now);
    const sentence = `this machine's clock is ${behind} behind the last record of the log: set the clock; nothing is decided until then`;
    return { code: "ClockBehindLog", sentence };
  }
  for (const { who, at } of references) {
    const differenceMs = Math.abs(now - at);
    if (differenceMs <= clockToleranceMs) continue;
    const side = now > at ? "ahead of" : "behind";
    const sentence = `this machine's clock is ${inSeconds(differenceMs)} ${side} that of ${who}: set the clock; nothing is decided until then`;
    return { code: "ClockDiffers", sentence };
  }
  return undefined;
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
