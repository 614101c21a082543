/** The sightings on disk: a file of one JSON object a line, appended and synced before anybody reads them from memory. */
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { keyOf, newSightings, type Seen, type Sighting } from "./sighting.ts";

export interface Journal {
  first(seen: Pick<Seen, "kind" | "proposal" | "id">): Sighting | undefined;
  /** All of one proposal, in their order. */
  of(proposal: string): readonly Sighting[];
  /** Resolves when what is new is on disk. One call at a time. */
  note(seen: readonly Seen[], now: number): Promise<readonly Sighting[]>;
  /** Drops what belongs to none of these proposals: what is decided is in the log with its evidence. */
  keepOnly(proposals: ReadonlySet<string>): Promise<void>;
}

export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly kind = "terminal";
}

const sighting = z.strictObject({
  sequence: z.int().min(0),
  kind: z.enum(["proposal", "head", "plan", "ballot", "merge", "closed"]),
  proposal: z.string(),
  id: z.string(),
  at: z.int().min(0),
});
/** The first line of a file that was rewritten: from where to count on. */
const header = z.strictObject({ next: z.int().min(0) });

/** Lines of forgotten proposals that may be in the file before it is rewritten. */
const staleMax = 10_000;

export async function openJournal(path: string): Promise<Journal> {
  const text = await readFile(path, "utf8").catch(absent);
  const { sightings, next: first, isTorn } = parse(text, path);
  const all = new Map(sightings.map((one) => [keyOf(one), one]));
  const byProposal = new Map<string, Sighting[]>();
  for (const one of all.values()) index(byProposal, one);
  let next = first;
  let stale = 0;
  // Of what is known here: bytes.
  let size = Buffer.byteLength(text);
  const rewrite = async (): Promise<void> => {
    const lines = [JSON.stringify({ next }), ...[...all.values()].map((one) => JSON.stringify(one))];
    size = await replace(path, `${lines.join("\n")}\n`);
    stale = 0;
  };
  // What a crash cut off was never used: it is noted again.
  if (isTorn) await rewrite();
  return {
    first: (seen) => all.get(keyOf(seen)),
    of: (proposal) => byProposal.get(proposal) ?? [],
    async note(seen, now) {
      const fresh = newSightings(seen, (one) => all.has(keyOf(one)), next, now);
      if (fresh.length === 0) return fresh;
      // An append that failed, for example on a full disk, may have left a part: what comes behind it could not be read any more.
      if ((await sizeOf(path)) !== size) await rewrite();
      const bytes = await append(path, fresh.map((one) => `${JSON.stringify(one)}\n`).join(""));
      if (size === 0) await syncFolder(path);
      size += bytes;
      next += fresh.length;
      for (const one of fresh) {
        all.set(keyOf(one), one);
        index(byProposal, one);
      }
      return fresh;
    },
    async keepOnly(proposals) {
      for (const [key, { proposal }] of all) {
        if (proposals.has(proposal)) continue;
        all.delete(key);
        byProposal.delete(proposal);
        stale++;
      }
      if (stale > staleMax) await rewrite();
    },
  };
}

function index(byProposal: Map<string, Sighting[]>, one: Sighting): void {
  const known = byProposal.get(one.proposal);
  if (known) known.push(one);
  else byProposal.set(one.proposal, [one]);
}

function parse(text: string, path: string): { sightings: Sighting[]; next: number; isTorn: boolean } {
  const lines = text.split("\n");
  const isTorn = lines.pop() !== "";
  let next = 0;
  const sightings: Sighting[] = [];
  for (const [at, line] of lines.entries()) {
    const value = jsonOf(line, path, at + 1);
    const head = at === 0 ? header.safeParse(value) : undefined;
    if (head?.success) {
      next = head.data.next;
      continue;
    }
    const one = sighting.safeParse(value);
    if (!one.success) throw damaged(path, at + 1);
    sightings.push(one.data);
    next = Math.max(next, one.data.sequence + 1);
  }
  return { sightings, next, isTorn };
}

function jsonOf(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw damaged(path, number, cause);
  }
}

function damaged(path: string, line: number, cause?: unknown): JournalError {
  return new JournalError(
    `${path}:${line} is no sighting: restore the file, or remove it, and open votes count from now on`,
    { cause },
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => absent(error).length,
  );
}

/** Gives the number of bytes, which are on disk. */
async function append(path: string, text: string): Promise<number> {
  const file = await open(path, "a", 0o600);
  try {
    await file.appendFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return Buffer.byteLength(text);
}

async function replace(path: string, text: string): Promise<number> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const size = await append(temporary, text);
  await rename(temporary, path);
  await syncFolder(path);
  return size;
}

/** A name in a folder is on disk only when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function absent(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
  throw error;
}
