import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterFailure,
  afterStart,
  type Circuit,
  closedCircuit,
  failuresToOpen,
  firstOpenMs,
  openMsMax,
  openUntil,
} from "./breaker.ts";

function failed(times: number, at: number, circuit: Circuit = closedCircuit): Circuit {
  let next = circuit;
  for (let count = 0; count < times; count++) next = afterFailure(next, at);
  return next;
}

describe("a host's circuit", () => {
  test("stays closed below three failures in a row", () => {
    expect(openUntil(failed(failuresToOpen - 1, 0), 0)).toBeUndefined();
  });

  test("opens at the third, for two seconds", () => {
    const open = failed(failuresToOpen, 1_000);
    expect(openUntil(open, 1_000)).toBe(1_000 + firstOpenMs);
    expect(openUntil(open, 1_000 + firstOpenMs)).toBeUndefined();
  });

  test("after that lets one through, and nobody else until that one ended", () => {
    const trial = afterStart(failed(failuresToOpen, 0), firstOpenMs);
    expect(openUntil(trial, firstOpenMs)).toBeGreaterThan(firstOpenMs);
  });

  test("opens for twice as long each time the one fails, up to half a minute", () => {
    let circuit = failed(failuresToOpen, 0);
    let now = 0;
    const lasted: number[] = [];
    for (let round = 0; round < 6; round++) {
      const until = openUntil(circuit, now) ?? now;
      lasted.push(until - now);
      now = until;
      circuit = afterFailure(afterStart(circuit, now), now);
    }
    expect(lasted).toEqual([2_000, 4_000, 8_000, 16_000, openMsMax, openMsMax]);
  });

  test("is not opened for longer by requests that were under way when it opened", () => {
    const open = failed(failuresToOpen, 0);
    expect(openUntil(failed(50, 100, open), 100)).toBe(openUntil(open, 100));
  });

  test("a trial whose client left does not close the host for ever", () => {
    const trial = afterStart(failed(failuresToOpen, 0), firstOpenMs);
    expect(openUntil(trial, firstOpenMs + 10_000)).toBeUndefined();
  });

  test("whatever happens, it never stays open longer than half a minute from the last event", () => {
    const events = fc.array(fc.tuple(fc.constantFrom("fail", "start"), fc.nat(20_000)), { maxLength: 50 });
    fc.assert(
      fc.property(events, (all) => {
        let circuit = closedCircuit;
        let now = 0;
        for (const [event, wait] of all) {
          now += wait;
          circuit = event === "fail" ? afterFailure(circuit, now) : afterStart(circuit, now);
          expect((openUntil(circuit, now) ?? now) - now).toBeLessThanOrEqual(openMsMax);
        }
      }),
    );
  });
});
