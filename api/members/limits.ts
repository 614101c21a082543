/**
 * How much a member may use: requests that start per minute and requests that run at once, counted per member over all its keys,
 * in this gateway's memory.
 *
 * The minute slides: starts are counted in one-second buckets, and a start is allowed while the last 60 of them hold fewer than the
 * limit. A fixed minute would let twice the limit through around its end; a list of times would grow with the limit.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { gatewayError } from "../errors.ts";
import type { Principal } from "./authenticate.ts";

export interface MemberUse {
  /** Counts a start, or throws `rate_limited` or `concurrency_limited`. The answer ends its part of "at once"; call it when the request is over. */
  start(principal: Principal): () => void;
  /** Members that something is remembered of; bounded by who was active in the last minute. */
  readonly remembered: number;
}

interface Use {
  readonly perSecond: Map<number, number>;
  running: number;
}

const windowS = 60;
/** Members without a limit or without recent use are forgotten when more than this are remembered. */
const rememberedMax = 10_000;

export function createMemberUse(clock: Clock): MemberUse {
  const uses = new Map<string, Use>();
  return {
    get remembered() {
      return uses.size;
    },
    start(principal) {
      const { requestsPerMinute, concurrentRequests } = principal.limits;
      const second = Math.floor(clock.now() / 1000);
      if (uses.size > rememberedMax) forgetIdle(uses, second);
      const use = useOf(uses, principal.member);
      forgetOld(use, second);
      if (requestsPerMinute !== undefined) refuseOverRate(use, second, requestsPerMinute, principal.member);
      if (concurrentRequests !== undefined && use.running >= concurrentRequests) {
        throw gatewayError("concurrency_limited", { member: principal.member, concurrentRequests }, { retryAfterS: 1 });
      }
      use.perSecond.set(second, (use.perSecond.get(second) ?? 0) + 1);
      return running(use);
    },
  };
}

function useOf(uses: Map<string, Use>, member: string): Use {
  const use = uses.get(member) ?? { perSecond: new Map(), running: 0 };
  uses.set(member, use);
  return use;
}

/** Adds one to what runs; the answer takes it away, once. */
function running(use: Use): () => void {
  use.running++;
  let over = false;
  return () => {
    if (!over) use.running--;
    over = true;
  };
}

function refuseOverRate(use: Use, second: number, requestsPerMinute: number, member: string): void {
  const retryAfterS = secondsUntilFree(use.perSecond, second, requestsPerMinute);
  if (retryAfterS === 0) return;
  throw gatewayError("rate_limited", { member, requestsPerMinute, retryAfterS }, { retryAfterS });
}

/** 0 when a request may start now; else when enough of the oldest buckets leave the window. */
function secondsUntilFree(perSecond: ReadonlyMap<number, number>, second: number, max: number): number {
  let excess = -max + 1;
  for (const count of perSecond.values()) excess += count;
  if (excess <= 0) return 0;
  for (const [bucket, count] of perSecond) {
    excess -= count;
    if (excess <= 0) return Math.max(1, bucket + windowS - second);
  }
  return windowS;
}

/** Buckets were inserted in order of time, so the oldest come first. */
function forgetOld(use: Use, second: number): void {
  for (const bucket of use.perSecond.keys()) {
    if (bucket > second - windowS) return;
    use.perSecond.delete(bucket);
  }
}

function forgetIdle(uses: Map<string, Use>, second: number): void {
  for (const [member, use] of uses) {
    forgetOld(use, second);
    if (use.running === 0 && use.perSecond.size === 0) uses.delete(member);
  }
}
