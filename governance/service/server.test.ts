/** Notices of a push wake the service, at most once a second, and none is lost. */
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { pushNoticeEveryMs, type RunningServer, startServer } from "./server.ts";

let clock: ManualClock;
let woken: number[];
let server: RunningServer;

beforeEach(async () => {
  [clock, woken] = [new ManualClock(0), []];
  server = await startServer({
    ...{ address: "127.0.0.1", port: 0, registry: new Registry(), clock },
    waitsFor: () => ["the first pass"],
    checkpoint: () => undefined,
    wake: () => void woken.push(clock.now()),
    count: () => undefined,
  });
});
afterEach(() => server.close());

const notice = async (): Promise<number> => (await fetch(`${server.url}/webhooks/push`, { method: "POST" })).status;

test("the first notice wakes at once", async () => {
  expect(await notice()).toBe(202);
  expect(woken).toEqual([0]);
});

test("one that comes too soon wakes when its time has come, however many come with it", async () => {
  await notice();
  await clock.advance(300);
  for (let times = 0; times < 5; times++) await notice();
  expect(woken).toEqual([0]);
  await clock.advance(pushNoticeEveryMs);
  expect(woken).toEqual([0, pushNoticeEveryMs]);
  await clock.advance(pushNoticeEveryMs);
  await notice();
  expect(woken).toEqual([0, pushNoticeEveryMs, 2 * pushNoticeEveryMs + 300]);
});

test("stopped while one waits, leaves no timer", async () => {
  await notice();
  await notice();
  await server.close();
  expect(clock.pending).toBe(0);
});

test("what is not ready is said in words", async () => {
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, "waits for the first pass\n"]);
  expect((await fetch(`${server.url}/checkpoint`)).status).toBe(503);
});
