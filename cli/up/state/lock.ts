import { linkSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { identifyProcess, isProcessRunning, type ProcessIdentity } from "./process-identity.ts";
import { readIfPresent, writeAtomically, writeTemporary } from "./write.ts";

/**
 * One run per state directory. A run holds `lock.<n>`, a file that names its process; the highest number counts.
 * A run that finds the highest one's process gone creates the next number with link(2), which succeeds for one only, and
 * then looks again: it holds the lock only if no higher number has come meanwhile. Numbers never go back, so a slow run
 * cannot take a lock that was passed on while it looked. A process that dies, however, has released its lock.
 */
export interface StateLock {
  /** Notes where this run can be reached, for the message that a second run prints. */
  announce(url: string): void;
  release(): void;
}

interface Holder extends ProcessIdentity {
  url?: string;
  released?: boolean;
}

export class StateLocked extends Error {
  override readonly name = "StateLocked";
  readonly pid: number;
  readonly url: string | undefined;

  constructor(directory: string, holder: Holder) {
    const where = holder.url === undefined ? "it is still starting" : `it answers at ${holder.url}`;
    super(
      `${directory} is in use by process ${holder.pid} (${where}). ` +
        `Use that one, stop it (kill ${holder.pid}), or give this one a directory of its own: --state DIR.`,
    );
    this.pid = holder.pid;
    this.url = holder.url;
  }
}

/** Takes the lock or throws StateLocked. */
export function lockState(directory: string): StateLock {
  const self = identifyProcess(process.pid);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const highest = numbers(directory).at(-1) ?? 0;
    const holder = readHolder(directory, highest);
    if (holder && !holder.released && isProcessRunning(holder)) throw new StateLocked(directory, holder);
    const mine = highest + 1;
    if (!create(directory, mine, self)) continue;
    const present = numbers(directory);
    if (present.at(-1) !== mine) {
      rmSync(file(directory, mine), { force: true });
      continue;
    }
    for (const old of present.slice(0, -1)) rmSync(file(directory, old), { force: true });
    return held(directory, mine, self);
  }
  throw new Error(`${directory}: too many runs try to start here at once; start one again`);
}

const attemptsMax = 20;

function held(directory: string, number: number, self: ProcessIdentity): StateLock {
  const write = (holder: Holder): void => writeAtomically(file(directory, number), JSON.stringify(holder));
  return {
    announce: (url) => write({ ...self, url }),
    release: () => write({ ...self, released: true }),
  };
}

function create(directory: string, number: number, holder: Holder): boolean {
  const temporary = writeTemporary(join(directory, "lock"), JSON.stringify(holder));
  try {
    linkSync(temporary, file(directory, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readHolder(directory: string, number: number): Holder | undefined {
  const text = number === 0 ? undefined : readIfPresent(file(directory, number));
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number") {
    throw new Error(`${file(directory, number)} is not a lock file of commonhold: remove it`);
  }
  return value as Holder;
}

/** The numbers of the lock files present, ascending. */
function numbers(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => /^lock\.(\d{1,9})$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function file(directory: string, number: number): string {
  return join(directory, `lock.${number}`);
}
