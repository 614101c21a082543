/** How long a key is good: as a person writes it, and as a Member has it. */
import { InvalidArgumentError } from "commander";
import { rfc3339 } from "../../operator/clock/clock.ts";

const hourMs = 3_600_000;
const unitMs = { h: hourMs, d: 24 * hourMs, w: 7 * 24 * hourMs };
/** Ten years: longer is a slip of the finger, or is meant to be for ever. */
const validMsMax = 3_660 * unitMs.d;

/** Milliseconds of `12h`, `90d` or `4w`. Throws commander's InvalidArgumentError. */
export function validity(text: string): number {
  const found = /^([1-9][0-9]{0,5})([hdw])$/.exec(text);
  if (!found) throw new InvalidArgumentError("Write a whole number and h, d or w: 12h, 90d or 4w.");
  const ms = Number(found[1]) * unitMs[found[2] as keyof typeof unitMs];
  if (ms <= validMsMax) return ms;
  throw new InvalidArgumentError(
    "That is more than ten years: leave it out for a key that is good until it is revoked.",
  );
}

/** For `Member.spec.keys[].expiresAt`. */
export function expiryOf(validMs: number, now: number): string {
  return rfc3339(now + validMs);
}
