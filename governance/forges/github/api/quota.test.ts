import { describe, expect, test } from "vitest";
import { Quota, type Tier } from "./quota.ts";

const now = 1_700_000_000_000;
const date = new Date(now).toUTCString();
const resetIn = (seconds: number): string => String(now / 1_000 + seconds);

function hour(remaining: number, more: Record<string, string> = {}): Record<string, string> {
  return {
    date,
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": resetIn(1_800),
    ...more,
  };
}

describe("an answer that limits us", () => {
  test.each<[string, number, Record<string, string>, string, number]>([
    ["says how long, in retry-after", 429, { date, "retry-after": "17" }, "", 17_000],
    ["says it with 403 too", 403, { date, "retry-after": "17" }, "", 17_000],
    ["has used up the hour: until the hour ends, by GitHub's clock", 403, hour(0), "", 1_801_000],
    ["has used up the hour, with 429", 429, hour(0), "", 1_801_000],
    ["says retry-after although there is something left", 403, hour(4_000, { "retry-after": "5" }), "", 5_000],
    ["is secondary and says nothing: a minute", 403, hour(4_000), "You have exceeded a secondary rate limit.", 60_000],
    ["is 429 and says nothing: a minute", 429, {}, "", 60_000],
    ["asks for a year: two hours at most", 429, { "retry-after": "31536000" }, "", 7_200_000],
  ])("%s", (_, status, headers, message, pause) => {
    const quota = new Quota();
    expect(quota.observe({ status, headers, message }, now)).toBe(pause);
    expect(() => quota.assertOpen(now + pause - 1)).toThrow("GitHub limits us");
    expect(() => quota.assertOpen(now + pause)).not.toThrow();
  });

  test("does not depend on how wrong our own clock is", () => {
    const quota = new Quota();
    expect(quota.observe({ status: 403, headers: hour(0) }, now - 86_400_000)).toBe(1_801_000);
  });

  test.each([
    ["a refusal", 403, hour(4_000), "Resource not accessible by integration"],
    ["an answer", 200, hour(0), ""],
    ["a fault", 500, hour(0), ""],
  ])("is not %s", (_, status, headers, message) => {
    expect(new Quota().observe({ status, headers, message }, now)).toBeUndefined();
  });
});

describe("of the hour", () => {
  test.each<[string, number, Tier[]]>([
    ["that has just begun everybody may use", 4_999, ["essential", "members", "others"]],
    ["half is not for others", 2_500, ["essential", "members"]],
    ["a tenth is for what is essential", 500, ["essential"]],
    ["nothing is left", 0, []],
  ])("%s", (_, remaining, allowed) => {
    const quota = new Quota();
    quota.observe({ status: 200, headers: hour(remaining) }, now);
    const tiers: Tier[] = ["essential", "members", "others"];
    expect(tiers.filter((tier) => quota.allows(tier, now))).toEqual(allowed);
  });

  test("that is over nothing is known: all may ask", () => {
    const quota = new Quota();
    quota.observe({ status: 200, headers: hour(0) }, now);
    expect(quota.allows("others", now + 1_801_000)).toBe(true);
  });

  test("what other resources have left does not count", () => {
    const quota = new Quota();
    quota.observe({ status: 200, headers: hour(0, { "x-ratelimit-resource": "search" }) }, now);
    expect(quota.allows("others", now)).toBe(true);
  });

  test.each([["-1"], ["1e3"], [""], ["NaN"], ["99999999999999999999"]])("a number like %j is none", (text) => {
    const quota = new Quota();
    quota.observe({ status: 200, headers: { ...hour(0), "x-ratelimit-remaining": text } }, now);
    expect(quota.allows("others", now)).toBe(true);
  });
});
