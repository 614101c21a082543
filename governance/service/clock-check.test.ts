/** A clock that others contradict decides nothing. */
import { expect, test } from "vitest";
import { clockToleranceMs, clockTrouble } from "./clock-check.ts";

const now = 1_800_000_000_000;

test.each<[string, { at?: number; log?: number }, string | undefined]>([
  ["alone it is believed", {}, undefined],
  ["two minutes are within the delay of an answer", { at: now - clockToleranceMs }, undefined],
  [
    "jumped forward, it is ahead of the others",
    { at: now - clockToleranceMs - 1_000 },
    "121 s ahead of that of the forge",
  ],
  ["jumped back, it is behind the others", { at: now + 3_600_000 }, "3600 s behind that of the forge"],
  ["jumped back with nobody to ask, it is behind the log", { log: now + 300_000 }, "300 s behind the last record"],
  ["a log of the past says nothing", { log: now - 86_400_000 }, undefined],
])("%s", (_, { at, log = 0 }, says) => {
  const trouble = clockTrouble(now, at === undefined ? [] : [{ who: "the forge", at }], log);
  if (says === undefined) expect(trouble).toBeUndefined();
  else expect(trouble?.sentence).toContain(says);
});
