/** What this room promises about itself: nothing in it reads, writes, waits or rolls dice. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);
const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
const sources = files.filter((name) => !/\.(test|fixture)\.ts$/.test(name));

/** All that a function without input and output can need. */
const packages = new Set(["zod", "yaml"]);
const rooms = [
  "operator/apis/",
  "operator/clock/clock.ts",
  "operator/text/",
  "operator/tlog/",
  "operator/addresses/",
  "governance/constitution/",
];

describe("the room is pure", () => {
  test.each(sources)("%s imports nothing that reads, writes, waits or rolls dice", (name) => {
    const imported = [...read(name).matchAll(/\bfrom "([^"]+)"|\bimport\(\s*"([^"]+)"/g)].map(
      (match) => match[1] ?? match[2] ?? "",
    );
    const foreign = imported.filter((target) => {
      if (!target.startsWith(".")) return !packages.has(target);
      const path = normalize(join("governance/constitution", dirname(name), target));
      return !rooms.some((room) => path.startsWith(room));
    });
    expect(foreign).toEqual([]);
    expect(read(name)).not.toMatch(
      /\bDate\.now|\bnew Date\(\)|\bperformance\.|\bMath\.random|\bprocess\.|\bglobalThis\b|\brandomBytes|\brandomUUID/,
    );
  });
});
