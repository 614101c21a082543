import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ProcessFailure, type ProcessFailureCode } from "./failure.ts";
import { freePort, startOnKeptPort } from "./ports.ts";

const directory = mkdtempSync(join(tmpdir(), "commonhold-ports-"));
afterAll(() => rmSync(directory, { recursive: true }));

const failure = (code: ProcessFailureCode): ProcessFailure =>
  new ProcessFailure({ code, program: "server", what: "ended", logTail: [], logPath: "/log" });

describe("starting a server on a port", () => {
  test("takes the port of last time while it is free, and notes it", async () => {
    const file = join(directory, "kept");
    const first = await startOnKeptPort(file, async (port) => port);
    expect(readFileSync(file, "utf8")).toBe(String(first));
    expect(await startOnKeptPort(file, async (port) => port)).toBe(first);
  });

  test("takes another one when somebody was faster, and notes that one", async () => {
    const file = join(directory, "raced");
    const tried: number[] = [];
    const start = async (port: number): Promise<number> => {
      tried.push(port);
      if (tried.length < 3) throw failure("address-in-use");
      return port;
    };
    expect(await startOnKeptPort(file, start)).toBe(tried[2]);
    expect(readFileSync(file, "utf8")).toBe(String(tried[2]));
  });

  const hopeless: Record<string, [Error, attempts: number]> = {
    "a port that is always taken ends after a few attempts": [failure("address-in-use"), 5],
    "a full disk is no reason to try again": [failure("disk-full"), 1],
    "an error of another kind neither": [new Error("broken"), 1],
  };
  test.for(Object.entries(hopeless))("%s", async ([, [error, attempts]]) => {
    let tried = 0;
    const start = (): Promise<void> => {
      tried += 1;
      return Promise.reject(error);
    };
    await expect(startOnKeptPort(join(directory, "none"), start)).rejects.toBe(error);
    expect(tried).toBe(attempts);
  });

  test("after an abort it is not tried again", async () => {
    let tried = 0;
    const start = (): Promise<void> => {
      tried += 1;
      return Promise.reject(failure("address-in-use"));
    };
    await expect(startOnKeptPort(join(directory, "none"), start, AbortSignal.abort())).rejects.toThrow("ended");
    expect(tried).toBe(1);
  });

  test("a damaged note is no obstacle", async () => {
    const file = join(directory, "damaged");
    for (const note of ["", "x", "-1", "70000", "1e9"]) {
      writeFileSync(file, note);
      expect(await startOnKeptPort(file, async (port) => port)).toBeGreaterThan(0);
    }
    expect(await freePort()).toBeGreaterThan(0);
  });
});
