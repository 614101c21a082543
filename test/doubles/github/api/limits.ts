/** GitHub's quotas: so many requests an hour, and not too much at once. An answer 304 costs nothing. */
import type { Clock } from "../../../../operator/clock/clock.ts";
import { Refusal } from "../state/refusal.ts";
import type { Caller } from "./caller.ts";

export interface LimitSettings {
  /** Requests of one account or installation. */
  readonly requestsPerHour: number;
  readonly requestsPerHourOfNobody: number;
  /** POST, PATCH, PUT and DELETE of one account or installation. GitHub documents 80. */
  readonly changesPerMinute: number;
}

/** As documented, but for the secondary limit, which a test turns on. */
export const defaultLimits: LimitSettings = {
  requestsPerHour: 5_000,
  requestsPerHourOfNobody: 60,
  changesPerMinute: Number.POSITIVE_INFINITY,
};

interface Quota {
  used: number;
  /** Milliseconds since 1970. */
  resetAt: number;
  changes: number[];
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

export class Limits {
  settings: LimitSettings;
  readonly #clock: Clock;
  readonly #quotas = new Map<string, Quota>();

  constructor(settings: LimitSettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
  }

  /** Refuses who has used up the hour, or changes too much in a minute. */
  check(caller: Caller, method: string): void {
    const quota = this.#quota(caller);
    if (quota.used >= this.#limit(caller)) throw this.primary();
    if (method === "GET") return;
    const now = this.#clock.now();
    quota.changes = quota.changes.filter((at) => at > now - minuteMs);
    if (quota.changes.length >= this.settings.changesPerMinute) {
      const [oldest = now] = quota.changes;
      throw this.secondary({ retryAfterSeconds: Math.ceil((oldest + minuteMs - now) / 1_000) });
    }
    quota.changes.push(now);
  }

  count(caller: Caller): void {
    this.#quota(caller).used++;
  }

  /** As if the hour's requests had all been made. */
  exhaust(caller: Caller): void {
    this.#quota(caller).used = this.#limit(caller);
  }

  primary(status: 403 | 429 = 403): Refusal {
    return new Refusal(status, "API rate limit exceeded");
  }

  secondary({ retryAfterSeconds, status = 403 }: { retryAfterSeconds?: number; status?: 403 | 429 }): Refusal {
    const words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    return new Refusal(status, words, { headers });
  }

  state(caller: Caller): { limit: number; used: number; remaining: number; reset: number } {
    const { used, resetAt } = this.#quota(caller);
    const limit = this.#limit(caller);
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(resetAt / 1_000) };
  }

  headers(caller: Caller): Record<string, string> {
    const { limit, used, remaining, reset } = this.state(caller);
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(reset),
      "x-ratelimit-used": String(used),
      "x-ratelimit-resource": "core",
    };
  }

  #limit(caller: Caller): number {
    return caller.kind === "nobody" ? this.settings.requestsPerHourOfNobody : this.settings.requestsPerHour;
  }

  #quota(caller: Caller): Quota {
    const key = keyOf(caller);
    const now = this.#clock.now();
    const known = this.#quotas.get(key);
    if (known && known.resetAt > now) return known;
    const fresh = { used: 0, resetAt: now + hourMs, changes: known?.changes ?? [] };
    this.#quotas.set(key, fresh);
    return fresh;
  }
}

function keyOf(caller: Caller): string {
  if (caller.kind === "nobody") return "nobody";
  if (caller.kind === "app") return `app ${caller.app.id}`;
  const { installation } = caller.token;
  return installation ? `installation ${installation.id}` : `account ${caller.account.id}`;
}
