/** One bit changed anywhere in a log is found, and the record that it belongs to is named. */

import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { GitObject, GitRepository, Oid } from "../git/repository.ts";
import { CheckedLog } from "./checked-log.ts";
import type { LogEntry } from "./entry.ts";
import { LogError } from "./log-error.ts";
import { evidenceOf, genesis, halted, logOptions, opened, rejected, temporaryFolders } from "./log-world.fixture.ts";
import { createLog } from "./open-log.ts";
import { readEntries } from "./read-entries.ts";
import { verifyLog } from "./verify-log.ts";

/** In the quick run every so many bits are tried; the offset moves from object to object. */
const isFull = process.env["COMMONHOLD_TEST_FULL"] === "1";
const stride = isFull ? 1 : 29;
const flipsOfPack = isFull ? 400 : 8;
const folders = temporaryFolders();
afterAll(() => folders.remove());

const { repository, tip, commits } = await smallLog();
const objects = await objectsOf(repository, commits);

describe("one bit", { timeout: isFull ? 600_000 : 60_000 }, () => {
  test("of any object that git stores, of each record", async () => {
    const seen = new Set<string>();
    let offset = 0;
    for (const { oid, type, bytes, index } of objects) {
      for (let bit = offset++ % stride; bit < bytes.length * 8; bit += stride) {
        const stored = new Map(objects.map((object) => [object.oid, object as GitObject]));
        stored.set(oid, { oid, type, bytes: turned(bytes, bit) });
        const error = await refusal(() => verifyLog(over(stored), tip));
        expect([error.code, error.index], `bit ${bit} of ${type} of record ${index}`).toEqual(["damaged", index]);
      }
      seen.add(`${type} ${index}`);
    }
    expect(seen.size).toBe(4 * 3);
  });

  test("of any record, evidence or checkpoint, though git's ids were made to fit", async () => {
    const entries = await entriesOf();
    let offset = 0;
    for (const { index } of entries) {
      for (const part of ["record", "evidence", "checkpoint"] as const) {
        const bytes = partOf(entries[index]!, part);
        for (let bit = offset++ % stride; bit < bytes.length * 8; bit += stride) {
          const bent = entries.map((entry) =>
            entry.index === index ? withPart(entry, part, turned(bytes, bit)) : entry,
          );
          const isSignatureBefore = part === "checkpoint" && index < 3 && bit >= signatureAt(bytes) * 8;
          // Signatures of earlier checkpoints are held by the commit ids alone, and by nothing that could be forged.
          if (isSignatureBefore) continue;
          const error = await refusal(async () => follow(bent));
          expect([index, index + 1], `bit ${bit} of ${part} of record ${index}: ${error.message}`).toContain(
            error.index,
          );
        }
      }
    }
  });

  test("of any file below objects/", async () => {
    for (const { path, oid, index } of looseFiles(repository.path)) {
      const before = readFileSync(path);
      chmodSync(path, 0o600);
      for (const at of isFull ? [0.1, 0.3, 0.5, 0.7, 0.9] : [0.6]) {
        writeFileSync(path, turned(before, Math.floor(before.length * 8 * at)));
        const error = await refusal(() => verifyLog(repository, tip));
        expect(error.code).toBe("damaged");
        // How long the log is says its last checkpoint only.
        if (oid === tip) expect(error.message).toContain(`the commit of the last record, ${tip}`);
        else expect(error.index, error.message).toBe(index);
      }
      writeFileSync(path, before);
    }
    await expect(verifyLog(repository, tip)).resolves.toBeDefined();
  });

  test("of a pack", async () => {
    const packed = await smallLog();
    execFileSync("git", ["-C", packed.repository.path, "repack", "-adq"], {
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" },
    });
    const folder = join(packed.repository.path, "objects/pack");
    const path = join(folder, readdirSync(folder).find((name) => name.endsWith(".pack"))!);
    const before = readFileSync(path);
    chmodSync(path, 0o600);
    // Behind the head of 12 bytes and before the hash of 20, which is no part of any object.
    for (let at = 12; at < before.length - 20; at += Math.floor(before.length / flipsOfPack)) {
      writeFileSync(path, turned(before, at * 8 + (at % 8)));
      const again = await folders.open(packed.repository.path);
      expect((await refusal(() => verifyLog(again, packed.tip))).message, `byte ${at}`).toMatch(/record/);
    }
  });
});

describe("an object", () => {
  test("that is missing is named with its record", async () => {
    for (const { oid, index } of objects) {
      const stored = new Map(
        objects.flatMap((object) => (object.oid === oid ? [] : [[object.oid, object as GitObject]])),
      );
      expect(await refusal(() => verifyLog(over(stored), tip))).toMatchObject({ code: "damaged", index });
    }
  });

  test("that was put in the place of another one is named with the record that it was taken from", async () => {
    for (const { oid, index, type } of objects) {
      const other = objects.find((object) => object.type === type && object.oid !== oid)!;
      const stored = new Map(objects.map((object) => [object.oid, object as GitObject]));
      stored.set(oid, { ...other, oid });
      expect(await refusal(() => verifyLog(over(stored), tip))).toMatchObject({ code: "damaged", index });
    }
  });
});

async function smallLog() {
  const repository = await folders.repository();
  const log = await createLog(logOptions(repository), genesis);
  const evidence = evidenceOf(2);
  await log.append(opened(1));
  await log.append(rejected(2, evidence), { evidence });
  await log.append(halted(3));
  const commits = (await repository.firstParents(undefined, log.commit)) ?? [];
  return { repository, tip: log.commit, commits };
}

/** Every object with the record that it belongs to. */
async function objectsOf(from: GitRepository, oids: readonly Oid[]): Promise<(GitObject & { index: number })[]> {
  const found: (GitObject & { index: number })[] = [];
  for (const [index, oid] of oids.entries()) {
    const [commit] = await from.objects([oid]);
    const [tree] = await from.objects([(await from.commit(oid))!.tree]);
    const blobs = await from.objects((await from.tree(oid)).map((entry) => entry.oid));
    for (const object of [commit, tree, ...blobs]) found.push({ ...object!, index });
  }
  return found;
}

/** The repository, with these objects in its store. */
function over(stored: ReadonlyMap<Oid, GitObject>): GitRepository {
  return {
    ...repository,
    objects: async (oids) => oids.map((oid) => stored.get(oid)),
    firstParents: async () => commits,
  };
}

async function entriesOf(): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const some of readEntries(repository, commits)) entries.push(...some);
  return entries;
}

function follow(entries: readonly LogEntry[]): void {
  const log = new CheckedLog();
  for (const entry of entries) log.take(entry);
  log.assertWhole();
}

type Part = "record" | "evidence" | "checkpoint";

function partOf(entry: LogEntry, part: Part): Uint8Array {
  return part === "evidence" ? (entry.evidence?.bytes ?? new Uint8Array(0)) : entry[part];
}

function withPart(entry: LogEntry, part: Part, bytes: Uint8Array): LogEntry {
  return part === "evidence" && entry.evidence
    ? { ...entry, evidence: { ...entry.evidence, bytes } }
    : { ...entry, [part]: bytes };
}

function signatureAt(checkpoint: Uint8Array): number {
  return Buffer.from(checkpoint).indexOf("\n\n") + 2;
}

function turned(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

function looseFiles(path: string): { path: string; oid: Oid; index: number }[] {
  return objects.map(({ oid, index }) => ({ path: join(path, "objects", oid.slice(0, 2), oid.slice(2)), oid, index }));
}

async function refusal(attempt: () => Promise<unknown>): Promise<LogError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
  throw new Error("a damaged log was believed");
}
