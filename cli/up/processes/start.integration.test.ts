import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { identifyProcess, isProcessRunning } from "../state/process-identity.ts";
import type { ProcessFailureCode } from "./failure.ts";
import { freePort, isPortFree } from "./ports.ts";
import { waitReady } from "./readiness.ts";
import { type LeashedProcess, type ProcessSpec, startProcess } from "./start.ts";

const directory = scratchDirectory("processes");
let logs = 0;

function shell(script: string, more: Partial<ProcessSpec> = {}): Promise<LeashedProcess> {
  logs += 1;
  const logPath = join(directory, `${logs}.log`);
  return startProcess({ name: "part", command: "/bin/sh", args: ["-c", script], env: process.env, logPath, ...more });
}

describe("a program that ends while it is waited for fails the wait at once, with its reason", () => {
  const cases: Record<string, [string, ProcessFailureCode, string]> = {
    "an address in use": [
      "echo 'listen tcp 127.0.0.1:1: bind: address already in use' >&2; exit 1",
      "address-in-use",
      "stop it, or start again",
    ],
    "a full disk": ["echo 'write x: no space left on device'; exit 2", "disk-full", "Free some space"],
    "a forbidden file": ["echo 'open /x: permission denied'; exit 1", "permission-denied", "readable and writable"],
    "a missing program": ["exec /nonexistent/program", "not-executable", "commonhold doctor"],
    "any other reason": ["echo one; echo two; exit 3", "exited", "exit code 3. Its whole log is in"],
    "a signal": ["kill -9 $$", "exited", "was ended by SIGKILL"],
    silence: ["exit 4", "exited", "It printed nothing."],
  };

  test.for(Object.entries(cases))("%s", async ([, [script, code, words]]) => {
    const program = await shell(script);
    const waiting = waitReady(program, async () => false, { deadlineMs: 20_000 });
    await expect(waiting).rejects.toMatchObject({ name: "ProcessFailure", program: "part", code });
    await expect(waiting).rejects.toThrow(words);
  });

  test("the message carries the last lines of this start only, without escape sequences", async () => {
    const logPath = join(directory, "old.log");
    writeFileSync(logPath, "from the run before\n");
    const program = await shell(`printf '\\033[31mred\\033[0m \\007bell\\n'; exit 1`, { logPath });
    await program.exited;
    expect(program.logTail()).toEqual(["red \\x07bell"]);
  });
});

describe("waiting for a program", () => {
  test("ends when the condition holds, however often it threw before", async () => {
    const program = await shell("sleep 60");
    let calls = 0;
    const check = async (): Promise<boolean> => {
      calls += 1;
      if (calls < 3) throw new Error("not yet");
      return true;
    };
    await waitReady(program, check, { deadlineMs: 60_000, everyMs: 1 });
    expect(calls).toBe(3);
    await program.stop();
  });

  test("fails after the deadline with the last reason as its cause", async () => {
    const program = await shell("sleep 60");
    const check = (): Promise<boolean> => Promise.reject(new Error("refused"));
    const waiting = waitReady(program, check, { deadlineMs: 50, everyMs: 1 });
    await expect(waiting).rejects.toMatchObject({ code: "not-ready", cause: new Error("refused") });
    await program.stop();
  });

  test("ends at once with the reason of an abort", async () => {
    const program = await shell("sleep 60");
    const abort = new AbortController();
    const waiting = waitReady(program, async () => false, { deadlineMs: 60_000, signal: abort.signal });
    abort.abort(new Error("Ctrl-C"));
    await expect(waiting).rejects.toThrow("Ctrl-C");
    await program.stop();
  });
});

describe("stopping a program", () => {
  test("lets it end by itself", async () => {
    const program = await shell("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done");
    await expect.poll(() => program.logTail()).toEqual(["up"]);
    expect(await program.stop()).toEqual({ code: 7, signal: null });
    expect(program.logTail()).toEqual(["up", "bye"]);
  });

  test("kills it after its time is up, with everything it started", async () => {
    const program = await shell("trap '' TERM; sleep 300 & echo $!; while :; do sleep 1; done", { stopGraceMs: 50 });
    await expect.poll(() => program.logTail().length).toBe(1);
    const grandchild = identifyProcess(Number(program.logTail()[0]));
    expect(await program.stop()).toEqual({ code: null, signal: "SIGKILL" });
    await expect.poll(() => isProcessRunning(grandchild)).toBe(false);
  });

  test("reaches one that is frozen", async () => {
    const program = await shell("echo up; exec sleep 300");
    await expect.poll(() => program.logTail()).toEqual(["up"]);
    program.kill("SIGSTOP");
    expect(await program.stop()).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("reaches one in its first moments, while the leash is still being put on", async () => {
    const moments = Array.from({ length: 20 }, (_, ms) => ms);
    const ends = moments.map(async (ms) => {
      const program = await shell("exec sleep 300");
      await new Promise((resolve) => setTimeout(resolve, ms));
      return program.stop();
    });
    expect(new Set((await Promise.all(ends)).map(({ signal }) => signal))).toEqual(new Set(["SIGTERM"]));
  });

  test("does nothing to one that has ended", async () => {
    const program = await shell("exit 0");
    await program.exited;
    program.kill("SIGKILL");
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  });
});

test("an overlong log of earlier runs moves aside, so that logs stay bounded", async () => {
  const logPath = join(directory, "long.log");
  writeFileSync(logPath, "x".repeat(2_000));
  const program = await shell("echo new", { logPath, logBytesMax: 1_000 });
  await program.exited;
  expect([statSync(`${logPath}.1`).size, statSync(logPath).size]).toEqual([2_000, 4]);
});

test("a program that prints without end does not fill the disk", async () => {
  const clock = new ManualClock();
  const logPath = join(directory, "endless.log");
  const program = await shell("while :; do echo 0123456789; sleep 0.001; done", { logPath, logBytesMax: 200, clock });
  await expect.poll(() => statSync(logPath).size).toBeGreaterThan(400);
  const sizeTrimmed = async (): Promise<number> => {
    await clock.advance(60_000);
    return statSync(logPath).size;
  };
  await expect.poll(sizeTrimmed).toBeLessThan(400);
  expect(statSync(`${logPath}.1`).size).toBeGreaterThan(200);
  await expect.poll(() => program.logTail().at(-1)).toBe("0123456789");
  await program.stop();
  expect(clock.pending).toBe(0);
});

test("a free port can be bound, and is not free while it is", async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  expect(await isPortFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
});
