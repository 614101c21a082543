import { describe, expect, test } from "vitest";
import { ModelError } from "../models/model-error.ts";
import { parseReference } from "../models/reference.ts";
import { DoorError } from "./door-error.ts";
import { failureAfter } from "./failure.ts";
import { defaultLimits as limits } from "./limits.ts";
import type { Failure } from "./plan.ts";
import type { Wanted } from "./wanted.ts";

const now = Date.UTC(2026, 10, 28);
const reference = parseReference("qwen3:8b");
const wanted: Wanted = {
  ...{ key: "site/library/qwen3:8b", there: reference, reference, deployments: [], collides: false },
  digests: [`sha256:${"a".repeat(64)}`],
};

function failed(error: unknown, before?: Failure, of = wanted): Failure {
  return failureAfter(before, of, error, { now, random: () => 0, limits });
}

const times = (count: number, error: unknown): Failure => {
  let failure: Failure | undefined;
  for (let at = 0; at < count; at++) failure = failed(error, failure);
  return failure as Failure;
};

const away = new ModelError("Unreachable", "it is away");
const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

describe("a copy that failed is tried again", () => {
  test.each<[string, Failure, number]>([
    ["soon, the first time", failed(away), 5_000],
    ["later each time", times(3, away), 20_000],
    ["after a quarter of an hour at the longest", times(20, away), 900_000],
    [
      "when the registry says, if that is later",
      failed(new ModelError("TooManyRequests", "no", { retryAfterMs: 600_000 })),
      600_000,
    ],
    [
      "not before its own wait, if the registry says less",
      failed(new ModelError("TooManyRequests", "no", { retryAfterMs: 10 })),
      5_000,
    ],
    [
      "in an hour, where its registry has nothing that may be copied",
      failed(new ModelError("BadGguf", "no")),
      3_600_000,
    ],
    ["soon, where the bytes were damaged on their way", failed(new ModelError("DigestMismatch", "no")), 5_000],
    ["soon, where the site's registry is full", failed(new DoorError("NoRoom", "no")), 5_000],
    ["soon, where the disk is full", failed(full), 5_000],
  ])("%s", (_, { retryAt }, ms) => {
    expect(retryAt - now).toBe(ms);
  });

  test("as if it had never failed, where other content is wanted", () => {
    const other = { ...wanted, digests: [`sha256:${"b".repeat(64)}` as const] };
    expect(failed(away, times(5, away), other)).toMatchObject({ attempts: 1, retryAt: now + 5_000 });
  });

  test("and says what happened in a line, a full disk in words", () => {
    expect(failed(full).message).toBe(
      "the disk of the site's registry is full while a model is fetched: ENOSPC: no space left on device, write",
    );
    expect(failed(new Error(`a\nb${"x".repeat(5_000)}`)).message).toMatch(/^a.b?x*/);
    expect(failed(new Error(`a\nb${"x".repeat(5_000)}`)).message.length).toBeLessThanOrEqual(1_000);
    expect([failed(away).refused, failed(new ModelError("Denied", "no")).refused]).toEqual([false, true]);
  });
});
