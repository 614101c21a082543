import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test } from "vitest";
import { compileModule, type ParentProcess, startParent } from "./parent.ts";
import { scratchDirectory } from "./scratch.ts";

describe("a run killed with SIGKILL", () => {
  const directory = scratchDirectory("orphans");
  const parents: ParentProcess[] = [];
  let module: string;

  beforeAll(() => {
    module = compileModule(fileURLToPath(new URL("substrate.fixture.ts", import.meta.url)));
  });
  afterAll(() => {
    for (const { child } of parents) child.kill("SIGKILL");
  });

  const start = (name: string): ParentProcess => {
    const state = join(directory, name);
    mkdirSync(state, { recursive: true });
    const parent = startParent(module, [state]);
    parents.push(parent);
    return parent;
  };

  test("at any moment of its start leaves no process, and the next start works", async ({ expect }) => {
    // Random, so that over many runs every moment comes; spread, so that one run covers early, middle and late ones.
    const moments = [0, 1, 2].map((part) => Math.round(200 + (part + Math.random()) * 1_200));
    await Promise.all(
      moments.map(async (ms, index) => {
        const parent = start(String(index));
        await new Promise((resolve) => setTimeout(resolve, ms));
        parent.child.kill("SIGKILL");
        const message = `killed ${ms} ms after its start`;
        await expect.poll(() => parent.alive(), { interval: 100, message }).toEqual([]);
      }),
    );
    for (const index of [1, 2]) await start(String(index)).printed("everything is up");
  });

  test("with everything up leaves no etcd, no API server, no Ollama and no runner", async ({ expect }) => {
    const parent = start("whole");
    await parent.printed("everything is up");
    const programs = ["/etcd ", "/kube-apiserver ", "/ollama serve", "/ollama runner"];
    for (const program of programs) expect(parent.alive().filter((line) => line.includes(program))).toHaveLength(1);
    parent.child.kill("SIGKILL");
    await expect.poll(() => parent.alive(), { interval: 100 }).toEqual([]);
  });
});
