/** A writer that is ended between any two steps: the log has the record whole afterwards, or does not have it. */
import { afterAll, describe, expect, test } from "vitest";
import type { GitRepository } from "../git/repository.ts";
import { evidenceOf, genesis, halted, logOptions, nextKey, rejected, temporaryFolders } from "./log-world.fixture.ts";
import { createLog, type OpenedLog, openDecisionLog } from "./open-log.ts";

const folders = temporaryFolders();
afterAll(() => folders.remove());

/** What changes something, in the order in which an append calls it. */
const writes = ["writeTree", "writeCommit", "updateRef"] as const;
type Moment = "before" | "after";
const points = writes.flatMap((write) => (["before", "after"] as const).map((moment) => [moment, write] as const));

class Killed extends Error {}

describe("killed", () => {
  test("an append has no other steps than those at which it is ended here", async () => {
    const repository = await folders.logOf(0);
    const called: string[] = [];
    const watched = await openDecisionLog(logOptions(watching(repository, (name) => called.push(name))));
    called.length = 0;
    await watched.append(halted(1));
    expect(called.filter((name) => !readers.has(name))).toEqual([...writes]);
  });

  test.each(points)("%s %s, the log goes on", async (moment, write) => {
    const repository = await folders.logOf(0);
    const evidence = evidenceOf(1);
    const log = await openDecisionLog(logOptions(ending(repository, moment, write)));
    await log.append(rejected(1, evidence), { evidence }).then(ended, () => undefined);

    const again = await openDecisionLog(logOptions(repository));
    const isThere = moment === "after" && write === "updateRef";
    expect(again.records.map(({ record }) => record.kind)).toEqual(isThere ? ["genesis", "rejected"] : ["genesis"]);
    if (!isThere) await again.append(rejected(1, evidence), { evidence });
    await again.append(halted(2));
    expect((await openDecisionLog(logOptions(repository))).records).toEqual(again.records);
  });

  test.each(points)("%s %s of the genesis, it can be made again or is there", async (moment, write) => {
    const repository = await folders.repository();
    await createLog(logOptions(ending(repository, moment, write)), genesis).then(ended, () => undefined);
    const isThere = moment === "after" && write === "updateRef";
    const log = await (isThere ? openDecisionLog(logOptions(repository)) : createLog(logOptions(repository), genesis));
    expect(log.records).toHaveLength(1);
  });

  test.each(points)("%s %s of a new key, one of the two keys opens it", async (moment, write) => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(ending(repository, moment, write)));
    await log.rotateKey({ key: nextKey }).then(ended, () => undefined);
    const { logKeys } = logOptions(repository);
    const again = await openDecisionLog(logOptions(repository, { logKeys: [...logKeys, nextKey] }));
    await again.append(halted(1));
    expect((await openDecisionLog(logOptions(repository, { logKeys: [...logKeys, nextKey] }))).checkpoint).toBe(
      again.checkpoint,
    );
  });
});

describe("an answer that never came", () => {
  test("though the ref had moved, is no failure: the record is there", async () => {
    const repository = await folders.logOf(0);
    const deaf: GitRepository = {
      ...repository,
      async updateRef(...args) {
        await repository.updateRef(...args);
        throw new Error("the connection to the program was lost");
      },
    };
    const log = await openDecisionLog(logOptions(deaf));
    expect(await log.append(halted(1))).toMatchObject({ index: 1 });
    expect((await openDecisionLog(logOptions(repository))).records).toHaveLength(2);
  });

  test("and a ref that had not moved leave the log as it was, in memory too", async () => {
    const repository = await folders.logOf(0);
    let isFull = true;
    const full: GitRepository = {
      ...repository,
      async updateRef(...args) {
        if (isFull) throw new Error("no space left on device");
        await repository.updateRef(...args);
      },
    };
    const log: OpenedLog = await openDecisionLog(logOptions(full));
    await expect(log.append(halted(1))).rejects.toThrow("no space left");
    expect(log.records).toHaveLength(1);
    isFull = false;
    expect(await log.append(halted(2))).toMatchObject({ index: 1 });
  });
});

const readers = new Set(["resolve", "commit", "objects", "file", "firstParents", "blob", "refs", "tree"]);

function watching(repository: GitRepository, onCall: (name: string) => void): GitRepository {
  return new Proxy(repository, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        onCall(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
}

/** Everything after that moment fails, as it does for a process that is gone. */
function ending(repository: GitRepository, moment: Moment, write: (typeof writes)[number]): GitRepository {
  let isGone = false;
  return new Proxy(repository, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        if (isGone || (name === write && moment === "before")) {
          isGone = true;
          throw new Killed();
        }
        const result: unknown = await Reflect.apply(value, target, args);
        if (name !== write) return result;
        isGone = true;
        throw new Killed();
      };
    },
  });
}

function ended(): never {
  throw new Error("it was not ended");
}
