/**
 * GitHub's limits, as its answers tell them: so many requests an hour, and not too much at once. Whoever goes on asking while
 * limited is shut out, so nothing is sent before the time that it named. A part of the hour is kept for what matters: an
 * outsider who opens a thousand pull requests can use up their own share only.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import { ForgeError } from "../../forge.ts";

/** For whom something is read: merges and our own reports, members' proposals, anybody's. */
export type Tier = "essential" | "members" | "others";

/** What must be left of the hour for a tier to be read. */
const reserve: Readonly<Record<Tier, number>> = { essential: 0, members: 0.1, others: 0.5 };

/** GitHub asks for a minute where it does not say how long. */
const pauseMsDefault = 60_000;
const pauseMsMax = 2 * 3_600_000;

export interface AnswerFacts {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** GitHub's own words, where it refused. */
  readonly message?: string;
}

export class Quota {
  #limit: number | undefined;
  #remaining: number | undefined;
  /** By our clock, ms. */
  #resetAt = 0;
  #pausedUntil = 0;

  /** How long to wait where this answer says that we are limited, ms. */
  observe(answer: AnswerFacts, now: number): number | undefined {
    const { headers } = answer;
    const [limit, remaining] = [numberOf(headers["x-ratelimit-limit"]), numberOf(headers["x-ratelimit-remaining"])];
    if (limit !== undefined && remaining !== undefined && (headers["x-ratelimit-resource"] ?? "core") === "core") {
      [this.#limit, this.#remaining] = [limit, remaining];
      this.#resetAt = now + (untilReset(headers) ?? pauseMsDefault);
    }
    if (!isLimited(answer)) return undefined;
    const pause = Math.min(pauseOf(answer), pauseMsMax);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
    return pause;
  }

  /** Throws a ForgeError (`limited`) while nothing may be asked. */
  assertOpen(now: number): void {
    const left = this.#pausedUntil - now;
    if (left > 0) throw limited(left);
  }

  allows(tier: Tier, now: number): boolean {
    if (this.#pausedUntil > now) return false;
    if (this.#limit === undefined || this.#remaining === undefined || this.#resetAt <= now) return true;
    return this.#remaining > this.#limit * reserve[tier];
  }
}

export function limited(retryAfterMs: number, cause?: unknown): ForgeError {
  const words = `GitHub limits us; it is asked again in ${Math.ceil(retryAfterMs / 1_000)} seconds`;
  return new ForgeError("limited", words, { retryAfterMs, cause });
}

function isLimited({ status, headers, message = "" }: AnswerFacts): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    numberOf(headers["x-ratelimit-remaining"]) === 0 ||
    headers["retry-after"] !== undefined ||
    /secondary rate limit|abuse detection/i.test(message)
  );
}

function pauseOf({ headers }: AnswerFacts): number {
  const seconds = numberOf(headers["retry-after"]);
  if (seconds !== undefined) return seconds * 1_000;
  const isPrimary = numberOf(headers["x-ratelimit-remaining"]) === 0;
  return (isPrimary ? untilReset(headers) : undefined) ?? pauseMsDefault;
}

/** By GitHub's own clock, so that it does not matter how ours goes. */
function untilReset(headers: AnswerFacts["headers"]): number | undefined {
  const reset = numberOf(headers["x-ratelimit-reset"]);
  const date = Date.parse(String(headers["date"] ?? ""));
  if (reset === undefined || !Number.isFinite(date)) return undefined;
  // The second itself belongs to the old hour.
  return Math.max(0, reset * 1_000 - date) + 1_000;
}

function numberOf(value: string | number | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(String(value)) ? Number(value) : undefined;
}
