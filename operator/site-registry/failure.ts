/** What a copy that failed means for the next one: in words, and when to try again. */
import { backoffMs, type Random } from "../kube/backoff.ts";
import { ModelError } from "../models/model-error.ts";
import { printable } from "../text/printable.ts";
import { DoorError } from "./door-error.ts";
import type { FillerLimits } from "./limits.ts";
import { type Failure, wishOf } from "./plan.ts";
import type { Wanted } from "./wanted.ts";

const messageCharsMax = 1_000;

export function failureAfter(
  before: Failure | undefined,
  wanted: Wanted,
  error: unknown,
  { now, random, limits }: { now: number; random: Random; limits: FillerLimits },
): Failure {
  const wish = wishOf(wanted);
  const attempts = before?.wish === wish ? before.attempts + 1 : 1;
  const refused = error instanceof ModelError && error.kind === "terminal";
  const asked = error instanceof ModelError ? (error.retryAfterMs ?? 0) : 0;
  const retry = { baseMs: limits.retryBaseMs, maxMs: limits.retryMaxMs, jitter: 0.2 };
  const waitMs = refused ? limits.refusedRetryMs : backoffMs(retry, attempts - 1, random);
  const code = error instanceof ModelError || error instanceof DoorError ? error.code : "Failed";
  return { wish, code, message: inWords(error), refused, attempts, retryAt: now + Math.max(waitMs, asked) };
}

export function inWords(error: unknown): string {
  const full = isFull(error) ? "the disk of the site's registry is full while a model is fetched: " : "";
  return printable(`${full}${error instanceof Error ? error.message : String(error)}`, messageCharsMax);
}

/** The file system's own word for it; the registry's is in its `DoorError`. */
function isFull(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return !(error instanceof DoorError) && (code === "ENOSPC" || code === "EDQUOT");
}
