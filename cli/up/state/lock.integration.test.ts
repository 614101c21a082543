import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compileModule, startParent } from "../../../test/control-plane/parent.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { lockState, StateLocked } from "./lock.ts";

describe("the lock on a state directory", () => {
  test("keeps a second run away and tells it the first one's pid and URL", () => {
    const directory = scratchDirectory("lock");
    const lock = lockState(directory);
    expect(() => lockState(directory)).toThrow(`in use by process ${process.pid} (it is still starting)`);
    lock.announce("http://127.0.0.1:8080");
    expect(() => lockState(directory)).toThrow("it answers at http://127.0.0.1:8080");
    expect(() => lockState(directory)).toThrow("--state DIR");
  });

  test("can be taken again once it is released, and leaves one small file", () => {
    const directory = scratchDirectory("lock");
    for (let run = 0; run < 3; run++) lockState(directory).release();
    expect(readdirSync(directory)).toEqual(["lock.3"]);
  });

  test("is not held by a process that took the number of a dead one", () => {
    const directory = scratchDirectory("lock");
    writeFileSync(join(directory, "lock.7"), JSON.stringify({ pid: process.pid, started: "before the last boot" }));
    lockState(directory);
    expect(readdirSync(directory)).toEqual(["lock.8"]);
  });

  test("refuses a lock file that it did not write", () => {
    const directory = scratchDirectory("lock");
    writeFileSync(join(directory, "lock.1"), '"hello"');
    expect(() => lockState(directory)).toThrow("is not a lock file of commonhold: remove it");
  });

  test("of many processes that start at once exactly one gets it, and its death by SIGKILL frees it", async () => {
    const directory = scratchDirectory("lock");
    const module = compileModule(fileURLToPath(new URL("lock.fixture.ts", import.meta.url)));
    const runs = Array.from({ length: 6 }, () => startParent(module, [directory]));
    const answers = await Promise.all(runs.map((run) => run.printed("\n")));
    expect(answers.filter((answer) => answer === "held\n")).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes("is in use by process"))).toHaveLength(5);
    expect(() => lockState(directory)).toThrow(StateLocked);
    const holder = runs[answers.indexOf("held\n")]!;
    holder.child.kill("SIGKILL");
    await once(holder.child, "exit");
    lockState(directory);
    for (const { child } of runs) child.kill("SIGKILL");
  });
});
