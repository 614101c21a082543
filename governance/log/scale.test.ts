import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../operator/tlog/digest.ts";
import type { GitRepository, Oid } from "../git/repository.ts";
import { writeBigLog } from "./big-log.fixture.ts";
import type { LogEntry } from "./entry.ts";
import { logKey, origin, signer, temporaryFolders } from "./log-world.fixture.ts";
import { readEntries } from "./read-entries.ts";
import { verifyLog } from "./verify-log.ts";

const folders = temporaryFolders();
afterAll(() => folders.remove());

const size = process.env["COMMONHOLD_TEST_FULL"] === "1" ? 100_000 : 600;
/** The goal is 10 s for 100,000 records on a machine that does nothing else; here other tests run beside it. */
const microsecondsPerRecordMax = 1_000;

describe(`a log of ${size} records`, { timeout: 600_000 }, () => {
  let repository: GitRepository;
  let tip: Oid;
  beforeAll(async () => {
    repository = await folders.repository();
    tip = await writeBigLog(repository, size);
  }, 600_000);

  test("is checked whole", async () => {
    const before = process.cpuUsage();
    const log = await verifyLog(repository, tip, { origin, keys: [logKey], signer: signer.publicKey });
    const { user, system } = process.cpuUsage(before);
    expect(log.size).toBe(size);
    expect((user + system) / size).toBeLessThan(microsecondsPerRecordMax);
  });

  test("is read the same in pieces of any size", async () => {
    const commits = ((await repository.firstParents(undefined, tip)) ?? []).slice(0, 200);
    const whole = (await all(readEntries(repository, commits))).map(inShort);
    expect(whole.map(([index]) => index)).toEqual(commits.map((_, index) => index));
    for (const perRead of [70, 199, 200]) {
      expect((await all(readEntries(repository, commits, {}, perRead))).map(inShort)).toEqual(whole);
    }
  });

  test("names the record of which an object is missing, in whichever piece it is", async () => {
    const commits = ((await repository.firstParents(undefined, tip)) ?? []).slice(0, 200);
    const entries = await all(readEntries(repository, commits));
    for (const { index, commit, evidence } of [entries[3], entries[150], entries[199]] as LogEntry[]) {
      for (const gone of [commit, evidence?.oid]) {
        const without: GitRepository = {
          ...repository,
          objects: async (oids) => (await repository.objects(oids)).map((one) => (one?.oid === gone ? undefined : one)),
        };
        await expect(all(readEntries(without, commits, {}, 80))).rejects.toMatchObject({ code: "damaged", index });
      }
    }
  });
});

function inShort({ index, commit, record, checkpoint, evidence }: LogEntry) {
  return [index, commit, digestOf(record), digestOf(checkpoint), evidence?.oid, evidence && digestOf(evidence.bytes)];
}

async function all(pieces: AsyncIterable<readonly LogEntry[]>): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const piece of pieces) entries.push(...piece);
  return entries;
}
