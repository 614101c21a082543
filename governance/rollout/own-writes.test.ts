/** What is known of our own writes while the watch lags behind them. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { LiveObject } from "./live.ts";
import { OwnWrites } from "./own-writes.ts";

const keptMs = 5_000;
const object = (resourceVersion: string, more: object = {}): LiveObject =>
  ({ kind: "Member", metadata: { name: "bob", uid: "1", resourceVersion, ...more } }) as unknown as LiveObject;

function world() {
  const clock = new ManualClock(1);
  const own = new OwnWrites(clock, keptMs);
  /** As it is known where the watch shows this. */
  const known = (shown: LiveObject | undefined): LiveObject | undefined =>
    own.over(new Map(shown ? [["bob", shown]] : [])).get("bob");
  return { clock, own, known };
}

describe("an object that we removed", () => {
  test("is not brought back by a change from just before, which the watch shows late", () => {
    const { own, known } = world();
    own.vanished("bob", object("5"));
    expect(known(object("5"))).toBeUndefined();
    expect(known(object("6"))).toBeUndefined();
    expect(known(undefined)).toBeUndefined();
  });

  test("is going while a finalizer holds it, whatever the watch shows from before", () => {
    const { own, known } = world();
    const going = object("7", { finalizers: ["x"], deletionTimestamp: "2026-01-01T00:00:00Z" });
    own.saw("bob", going);
    expect(known(object("5"))).toBe(going);
    expect(known(object("6", { finalizers: ["x"] }))).toBe(going);
  });

  test("is shown as the watch has it once that is going too, held by a finalizer that we had not seen", () => {
    const { own, known } = world();
    own.vanished("bob", object("5"));
    const going = object("7", { finalizers: ["late"], deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(known(going)).toBe(going);
  });

  test("is there where it was made anew under its name", () => {
    const { own, known } = world();
    own.vanished("bob", object("5"));
    const anew = object("8", { uid: "2" });
    expect(known(anew)).toBe(anew);
  });

  test("is what the watch shows after some seconds: it is believed alone then", async () => {
    const { clock, own, known } = world();
    own.vanished("bob", object("5"));
    await clock.advance(keptMs + 1);
    expect(known(object("6"))).toEqual(object("6"));
  });
});

describe("an object that we wrote", () => {
  test("is as the answer said until the watch shows as much, or more", () => {
    const { own, known } = world();
    const answer = object("6");
    own.saw("bob", answer);
    expect(known(object("5"))).toBe(answer);
    const newer = object("7");
    expect(known(newer)).toBe(newer);
    expect(known(object("5"))).toEqual(object("5"));
  });
});
