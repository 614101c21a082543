import { expect, test } from "vitest";
import { startTable } from "./tables.ts";

const first = {
  answeredMs: 90_000,
  steps: [
    { title: "programs", ms: 60_000 },
    { title: "model", ms: 30_000 },
  ],
};
const again = [10_000, 12_000, 11_000].map((answeredMs) => ({
  answeredMs,
  steps: [{ title: "model", ms: answeredMs }],
}));

test("steps, then the whole, then the goal; a step that a later start spares counts as nothing there", () => {
  expect(startTable(first, again).rows).toEqual([
    ["programs", "0.00", "60.0"],
    ["model", "11.0 (10.0 – 12.0)", "30.0"],
    ["**in all**", "**11.0 (10.0 – 12.0)**", "90.0"],
    ["of the goal (20 s)", "0.55 ×", "4.50 ×"],
  ]);
});
