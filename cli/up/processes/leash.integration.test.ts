import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test } from "vitest";
import { compileModule, type ParentProcess, startParent } from "../../../test/control-plane/parent.ts";

/** Descendants that a process can have; each ignores or outlives what a polite end would be. */
const children: Record<string, string> = {
  "a program that stops when asked": "exec sleep 300",
  "a program that ignores TERM": "trap '' TERM; while :; do sleep 1; done",
  "a program with children and grandchildren in the background": "(sleep 301 & sleep 302 & wait) & sleep 303",
  "a program whose parent is gone already": "(sleep 304 &) ; exec sleep 305",
};

describe("a program on a leash is gone soon after its parent was killed with SIGKILL", () => {
  let module: string;
  const parents: ParentProcess[] = [];

  beforeAll(() => {
    module = compileModule(fileURLToPath(new URL("parent.fixture.ts", import.meta.url)));
  });
  afterAll(() => {
    for (const { child } of parents) child.kill("SIGKILL");
  });

  const start = (script: string): ParentProcess => {
    const parent = startParent(module, [script]);
    parents.push(parent);
    return parent;
  };

  test.for(Object.entries(children))("%s", { concurrent: true }, async ([, script], { expect }) => {
    const parent = start(script);
    await parent.printed("started");
    await expect.poll(() => parent.alive().length).toBeGreaterThanOrEqual(3);
    parent.child.kill("SIGKILL");
    await expect.poll(() => parent.alive(), { interval: 50 }).toEqual([]);
  });

  test("killed before it could even say that it started something", { concurrent: true }, async ({ expect }) => {
    const moments = Array.from({ length: 12 }, (_, index) => 60 + index * 40);
    const left = moments.map(async (ms) => {
      const parent = start("trap '' TERM; while :; do sleep 1; done");
      await new Promise((resolve) => setTimeout(resolve, ms));
      parent.child.kill("SIGKILL");
      await expect.poll(() => parent.alive(), { interval: 50 }).toEqual([]);
    });
    await Promise.all(left);
  });

  test("also when the parent ends well but forgets it", { concurrent: true }, async ({ expect }) => {
    const parent = start("trap '' TERM; while :; do sleep 1; done");
    await parent.printed("started");
    parent.child.kill("SIGTERM");
    await expect.poll(() => parent.alive(), { interval: 50 }).toEqual([]);
  });
});
