/**
 * Runs a verb of the command line with the real world around it, and tells how it ended: exit code 0, or 1 with the reason. `words`: where what it says
 * goes; standard error where standard output has something that a program takes.
 */
import { createInterface } from "node:readline/promises";
import { systemClock } from "../../operator/clock/system.ts";
import { standardOutput } from "../display/standard-output.ts";
import { textDisplay } from "../display/text-display.ts";
import { stopOnSignal } from "../up/processes/stop-on-signal.ts";
import type { Surroundings } from "./surroundings.ts";

export async function runVerb(
  work: (around: Surroundings) => Promise<void>,
  words: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const stop = stopOnSignal(systemClock);
  const output = standardOutput((error) => stop.now(error), words);
  const display = textDisplay(output, systemClock);
  const isWatched = output.isTerminal && process.stdin.isTTY === true;
  try {
    await work({
      env: process.env,
      cwd: process.cwd(),
      clock: systemClock,
      signal: stop.signal,
      say: (...lines) => display.lines(lines),
      ...(isWatched && { ask: (question) => askOnTerminal(question, stop.signal) }),
    });
  } catch (error) {
    if (!stop.signal.aborted) display.failure(error);
    process.exitCode = stop.signal.aborted ? 130 : 1;
  } finally {
    stop.release();
  }
}

async function askOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
