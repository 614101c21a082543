import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { type BusyWhy, type PlaceName, type Turn, type TurnRequest, Turns } from "./turns.ts";

const place: PlaceName = { host: "a", model: "m" };

function setUp(capacity = 1) {
  const clock = new ManualClock();
  const turns = new Turns(clock);
  const never = new AbortController().signal;
  const request = (more: Partial<TurnRequest<PlaceName>> = {}): TurnRequest<PlaceName> => ({
    deployment: "default/m",
    pick: () => (turns.inFlight(place) < capacity ? { place } : { capacity }),
    again: false,
    waitingMax: () => 10,
    timeoutMs: 60_000,
    signal: never,
    busy: (why: BusyWhy, retryAfterS: number) => Object.assign(new Error("busy"), { why, retryAfterS }),
    ...more,
  });
  return { clock, turns, request };
}

/** Writes down who got a turn, in order. */
const noted =
  (order: string[], who: string) =>
  (turn: Turn<PlaceName>): Turn<PlaceName> => {
    order.push(who);
    return turn;
  };

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("places and the queue for them", () => {
  test("who finds all places taken waits, and gets the next free one in order of arrival", async () => {
    const { turns, request } = setUp();
    const first = await turns.take(request());
    const order: string[] = [];
    const second = turns.take(request()).then(noted(order, "second"));
    const third = turns.take(request()).then(noted(order, "third"));
    await settled();
    expect(turns.waiting("default/m")).toBe(2);
    first.release();
    (await second).release();
    await third;
    expect(order).toEqual(["second", "third"]);
  });

  test("who comes again after a host failed goes before those who wait", async () => {
    const { turns, request } = setUp();
    const first = await turns.take(request());
    const order: string[] = [];
    const patient = turns.take(request()).then(noted(order, "patient"));
    const again = turns.take(request({ again: true })).then(noted(order, "again"));
    await settled();
    first.release();
    (await again).release();
    await patient;
    expect(order).toEqual(["again", "patient"]);
  });

  test("a full queue refuses, with how many wait", async () => {
    const { turns, request } = setUp();
    await turns.take(request());
    const waiting = turns.take(request({ waitingMax: () => 1 }));
    await settled();
    await expect(turns.take(request({ waitingMax: () => 1 }))).rejects.toMatchObject({
      why: { waiting: 1 },
      retryAfterS: 1,
    });
    waiting.catch(() => undefined);
  });

  test("who waits too long is refused, and is gone from the queue", async () => {
    const { clock, turns, request } = setUp();
    await turns.take(request());
    const late = turns.take(request({ timeoutMs: 1_000 })).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await late).toMatchObject({ why: { waitedMs: 1_000 } });
    expect(turns.waiting("default/m")).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("who leaves is gone at once, with the signal's reason, and leaves no timer", async () => {
    const { clock, turns, request } = setUp();
    await turns.take(request());
    const leave = new AbortController();
    const left = turns.take(request({ signal: leave.signal })).catch((error: unknown) => error);
    leave.abort("left");
    expect(await left).toBe("left");
    expect(turns.waiting("default/m")).toBe(0);
    expect(clock.pending).toBe(0);
    await expect(turns.take(request({ signal: leave.signal }))).rejects.toBe("left");
  });

  test("who waits for what can no longer come is told why as soon as something changes", async () => {
    const { turns, request } = setUp();
    await turns.take(request());
    let gone = false;
    const pick = () => {
      if (gone) throw new Error("deleted");
      return { capacity: 1 };
    };
    const waiting = turns.take(request({ pick })).catch((error: Error) => error.message);
    gone = true;
    turns.wakeAll();
    expect(await waiting).toBe("deleted");
  });

  test("a turn given back twice frees one place", async () => {
    const { turns, request } = setUp(2);
    const first = await turns.take(request());
    await turns.take(request());
    first.release();
    first.release();
    expect(turns.inFlight(place)).toBe(1);
  });

  test("how long to wait is told by how long places were held, and by who is before", async () => {
    const { clock, turns, request } = setUp();
    const first = await turns.take(request());
    await clock.advance(10_000);
    first.release();
    await turns.take(request());
    const waiting = turns.take(request());
    await settled();
    await expect(turns.take(request({ waitingMax: () => 1 }))).rejects.toMatchObject({ retryAfterS: 20 });
    waiting.catch(() => undefined);
  });

  test("whatever happens, no place is given out twice, nobody is forgotten, and in the end all are free", async () => {
    const steps = fc.array(fc.constantFrom("take", "release", "leave"), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (all, capacity) => {
        const { clock, turns, request } = setUp(capacity);
        const held: Turn<PlaceName>[] = [];
        const leavers: AbortController[] = [];
        let asked = 0;
        let ended = 0;
        for (const step of all) {
          if (step === "take") {
            const leave = new AbortController();
            leavers.push(leave);
            asked++;
            turns.take(request({ signal: leave.signal, waitingMax: () => 1_000 })).then(
              (turn) => held.push(turn),
              () => ended++,
            );
          } else if (step === "release") {
            if (held.length > 0) ended++;
            held.shift()?.release();
          } else leavers.shift()?.abort();
          await settled();
          expect(turns.inFlight(place)).toBe(held.length);
          expect(held.length).toBeLessThanOrEqual(capacity);
          expect(asked - ended - held.length).toBe(turns.waiting("default/m"));
          if (turns.waiting("default/m") > 0) expect(held.length).toBe(capacity);
        }
        for (const leave of leavers) leave.abort();
        for (const turn of held) turn.release();
        await settled();
        expect([...turns.places()]).toEqual([]);
        expect([...turns.queues()]).toEqual([]);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
