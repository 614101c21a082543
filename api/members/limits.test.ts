import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { Principal } from "./authenticate.ts";
import { createMemberUse } from "./limits.ts";

function principal(limits: Principal["limits"], member = "ada"): Principal {
  return { member, keyId: "k", scopes: [], roles: [], limits, deployments: undefined };
}

describe("requests per minute", () => {
  test("so many may start, the next is told when to try again, and then may", async () => {
    const clock = new ManualClock();
    const use = createMemberUse(clock);
    const ada = principal({ requestsPerMinute: 2 });
    use.start(ada);
    await clock.advance(10_000);
    use.start(ada);
    expect(() => use.start(ada)).toThrow(
      expect.objectContaining({ code: "rate_limited", status: 429, retryAfterS: 50 }),
    );
    await clock.advance(49_000);
    expect(() => use.start(ada)).toThrow(/may start 2 requests per minute/);
    await clock.advance(1_000);
    use.start(ada);
  });

  test("no window of a minute ever holds more than the limit, and who waits as told is let in", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20_000), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (waits, max) => {
          const clock = new ManualClock();
          const use = createMemberUse(clock);
          const ada = principal({ requestsPerMinute: max });
          const started: number[] = [];
          for (const wait of waits) {
            await clock.advance(wait);
            try {
              use.start(ada);
            } catch (error) {
              await clock.advance((error as { retryAfterS: number }).retryAfterS * 1000);
              use.start(ada);
            }
            started.push(clock.now());
            expect(started.filter((at) => at > clock.now() - 59_000).length).toBeLessThanOrEqual(max);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("one member's use is not another's", () => {
    const use = createMemberUse(new ManualClock());
    use.start(principal({ requestsPerMinute: 1 }, "ada"));
    expect(() => use.start(principal({ requestsPerMinute: 1 }, "bob"))).not.toThrow();
  });
});

describe("requests at once", () => {
  test("so many may run; one that ends makes room for one, however often it says so", () => {
    const use = createMemberUse(new ManualClock());
    const ada = principal({ concurrentRequests: 2 });
    const end = use.start(ada);
    use.start(ada);
    expect(() => use.start(ada)).toThrow(expect.objectContaining({ code: "concurrency_limited", retryAfterS: 1 }));
    end();
    end();
    use.start(ada);
    expect(() => use.start(ada)).toThrow(/2 requests at once/);
  });
});

test("members without recent use are forgotten when very many are remembered", async () => {
  const clock = new ManualClock();
  const use = createMemberUse(clock);
  for (let at = 0; at < 10_001; at++) use.start(principal({}, `m${at}`))();
  await clock.advance(61_000);
  use.start(principal({}, "last"));
  expect(use.remembered).toBe(1);
});
