import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "commonhold-test-";

/**
 * A folder for one test run's data that is removed when this process ends. Folders of runs that were killed are removed by
 * the next one: their names tell the process they belonged to.
 */
export function scratchDirectory(topic: string): string {
  sweepAbandoned();
  const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-${topic}-`));
  if (made.length === 0) process.on("exit", removeMade);
  made.push(path);
  return path;
}

const made: string[] = [];

function removeMade(): void {
  for (const path of made) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

let swept = false;

function sweepAbandoned(): void {
  if (swept) return;
  swept = true;
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
