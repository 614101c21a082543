/** Runs the command that people type, as they type it, in a state directory of its own. */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { spawnOnLeash, sweepGroup } from "../../../cli/up/processes/leash.ts";
import type { Bench } from "../benchmark.ts";
import { eventsIn, readStart, type Start } from "./steps.ts";

const deadlineMs = 10 * 60_000;
const outputCharsMax = 4_000_000;
/** For an orderly end after a signal; what is left then is killed. */
const stopGraceMs = 15_000;

/** Rejects when there was no answer, with the reason that the command gave. */
export async function runStart({ root, stack, signal }: Bench, stateDirectory: string): Promise<Start> {
  signal.throwIfAborted();
  mkdirSync(stateDirectory, { recursive: true });
  const startedAtMs = Date.now();
  const child = spawnOnLeash("npm", ["start", "--", "--once", "--json", "--state", stateDirectory], {
    env: process.env,
    cwd: root,
    output: "pipe",
  });
  let output = "";
  const keep = (text: string): void => {
    if (output.length < outputCharsMax) output += text;
  };
  child.stdout?.setEncoding("utf8").on("data", keep);
  child.stderr?.setEncoding("utf8").on("data", keep);
  // The leash is a stream too: "close", after the last output, comes only when it is gone.
  child.once("exit", () => {
    if (child.pid) sweepGroup(child.pid);
    child.stdio[3]?.destroy();
  });
  child.stdio[3]?.on("error", () => {});
  const ended = once(child, "close");
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.pid && sweepGroup(child.pid), stopGraceMs);
    await ended;
    clearTimeout(kill);
  };
  stack.add({
    name: "npm start",
    stop: async () => (child.exitCode === null && child.signalCode === null ? end() : undefined),
  });
  const onAbort = (): void => void end();
  const deadline = setTimeout(onAbort, deadlineMs);
  signal.addEventListener("abort", onAbort, { once: true });
  await ended;
  clearTimeout(deadline);
  signal.removeEventListener("abort", onAbort);
  signal.throwIfAborted();
  return withOutput(output, () => readStart(startedAtMs, eventsIn(output)));
}

function withOutput<T>(output: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n${output.slice(-2_000)}`, { cause });
  }
}
