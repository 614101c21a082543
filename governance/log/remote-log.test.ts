import { afterAll, describe, expect, test } from "vitest";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import type { GitRepository, Remote } from "../git/repository.ts";
import type { LogErrorCode } from "./log-error.ts";
import {
  genesis,
  halted,
  logKey,
  logOptions,
  nextKey,
  nextSigner,
  oid,
  opened,
  origin,
  temporaryFolders,
} from "./log-world.fixture.ts";
import { createLog, type OpenedLog, openDecisionLog } from "./open-log.ts";
import { logRef, publishedRef, restoreLog } from "./remote-log.ts";

const folders = temporaryFolders();
afterAll(() => folders.remove());

describe("a remote", () => {
  test("gets the log and its cosigned checkpoint, and is compared with it", async () => {
    const { log, repository, far, remote } = await world(2);
    expect(await log.compareWithRemote(remote)).toEqual({ state: "behind", size: 0 });
    await log.keepCosigned(log.checkpoint);
    await log.publish(remote);
    expect(await log.compareWithRemote(remote)).toEqual({ state: "same" });
    const names = (await far.refs("refs/")).map(({ name }) => name);
    expect(names).toEqual(["refs/commonhold/checkpoint", logRef]);
    await log.append(halted(9));
    expect(await log.compareWithRemote(remote)).toEqual({ state: "behind", size: 3 });
    await log.publish(remote);
    await log.publish(remote);
    expect((await openDecisionLog(logOptions(repository))).commit).toBe(log.commit);
  });

  test("that was cut is told from one that is behind, and healed by publishing", async () => {
    const { log, far, remote, commits } = await world(3);
    await log.publish(remote);
    await far.updateRef(logRef, (await commits())[1]!);
    expect(await log.compareWithRemote(remote)).toEqual({ state: "truncated", size: 2, published: 4 });
    await far.deleteRef(logRef);
    expect(await log.compareWithRemote(remote)).toEqual({ state: "truncated", size: 0, published: 4 });
    await log.publish(remote);
    expect(await log.compareWithRemote(remote)).toEqual({ state: "same" });
  });

  test("that continues what is here shows that this copy is an old one", async () => {
    const { log, remote, repository, commits } = await world(3);
    await log.publish(remote);
    const tip = log.commit;
    await repository.updateRef(logRef, (await commits())[1]!);
    await repository.deleteRef(publishedRef);
    const old = await openDecisionLog(logOptions(repository));
    expect(await old.compareWithRemote(remote)).toEqual({ state: "ahead", size: 4, tip });
    await old.append(opened(5));
    const compared = await old.compareWithRemote(remote);
    expect(compared).toMatchObject({ state: "forked", index: 2 });
    await expect(old.publish(remote)).rejects.toMatchObject({ code: "forked", index: 2 });
  });

  test("that is ahead is not pushed to", async () => {
    const { log, remote, repository, commits } = await world(3);
    await log.publish(remote);
    await repository.updateRef(logRef, (await commits())[1]!);
    const old = await openDecisionLog(logOptions(repository));
    await expect(old.publish(remote)).rejects.toMatchObject({ code: "truncated", index: 2 });
  });

  test("with another history of the same log: both signed checkpoints of one size prove it", async () => {
    const { log, remote, twin } = await forked();
    const compared = await log.compareWithRemote(remote);
    if (compared.state !== "forked") throw new Error(`it is ${compared.state}`);
    expect(compared.index).toBe(2);
    const trust = { origin, log: [noteVerifier(logKey)], witnesses: [] };
    const [ours, theirs] = [compared.evidence.ours, compared.evidence.theirs].map((note) =>
      openCheckpoint(note, trust),
    );
    expect(ours!.checkpoint.size).toBe(3);
    expect(theirs!.checkpoint.size).toBe(3);
    expect(ours!.checkpoint.root).not.toEqual(theirs!.checkpoint.root);
    await expect(log.publish(remote)).rejects.toMatchObject({ code: "forked", index: 2, evidence: compared.evidence });
    expect(await twin.compareWithRemote(remote)).toEqual({ state: "same" });
  });

  test.each<[string, (far: GitRepository) => Promise<void>, LogErrorCode]>([
    [
      "another log",
      async (far) => void (await createLog(logOptions(far), { ...genesis, commit: oid("0") })),
      "wrong-genesis",
    ],
    ["one that a stranger signs", stranger, "wrong-genesis"],
    ["something that is no log", noLog, "damaged"],
  ])("with %s in its place is refused, and is not pushed over", async (_, prepare, code) => {
    const { log, far, remote } = await world(1);
    await prepare(far);
    const before = await far.resolve(logRef);
    await expect(log.compareWithRemote(remote)).rejects.toMatchObject({ code });
    await expect(log.publish(remote)).rejects.toMatchObject({ code });
    expect(await far.resolve(logRef)).toBe(before);
  });
});

describe("a state that was deleted", () => {
  test("is made again from the remote and what the cluster pinned", async () => {
    const { log, remote } = await world(3);
    await log.publish(remote);
    const fresh = await folders.repository();
    await restoreLog({ repository: fresh, remote, origin, pins: pinsOf(log) });
    const again = await openDecisionLog({ ...logOptions(fresh), pins: pinsOf(log) });
    expect(again.records).toEqual(log.records);
    await again.append(halted(7));
    await again.publish(remote);
  });

  test("is made again twice without harm, and after it was ended half-way", async () => {
    const { log, remote } = await world(2);
    await log.publish(remote);
    const fresh = await folders.repository();
    for (const method of ["fetch", "updateRef"] as const) {
      const broken = { ...fresh, [method]: () => Promise.reject(new Error("ended")) };
      await expect(restoreLog({ repository: broken, remote, origin, pins: pinsOf(log) })).rejects.toThrow("ended");
      await expect(openDecisionLog(logOptions(fresh))).rejects.toMatchObject({ code: "missing" });
    }
    for (let time = 0; time < 2; time++) await restoreLog({ repository: fresh, remote, origin, pins: pinsOf(log) });
    expect((await openDecisionLog(logOptions(fresh))).commit).toBe(log.commit);
  });

  test("brings an old copy up to date", async () => {
    const { log, remote, repository, commits } = await world(3);
    await log.publish(remote);
    await repository.updateRef(logRef, (await commits())[1]!);
    await restoreLog({ repository, remote, origin, pins: pinsOf(log) });
    expect((await openDecisionLog(logOptions(repository))).commit).toBe(log.commit);
  });

  test.each<[string, (far: GitRepository, log: OpenedLog) => Promise<void>, LogErrorCode, number | undefined]>([
    [
      "a shorter log",
      async (far) => far.updateRef(logRef, (await far.firstParents(undefined, (await far.resolve(logRef))!))![1]!),
      "truncated",
      2,
    ],
    ["no log", async (far) => far.deleteRef(logRef), "truncated", undefined],
    [
      "another log",
      async (far) => {
        await far.deleteRef(logRef);
        await createLog(logOptions(far), { ...genesis, commit: oid("0") });
      },
      "wrong-genesis",
      0,
    ],
    [
      "another history of as many records",
      async (far) => {
        await far.deleteRef(logRef);
        const twin = await createLog(logOptions(far), genesis);
        for (const at of [11, 12, 13]) await twin.append(halted(at));
      },
      "rewritten",
      3,
    ],
  ])("is not made from %s", async (_, change, code, index) => {
    const { log, far, remote } = await world(3);
    await log.publish(remote);
    await change(far, log);
    const fresh = await folders.repository();
    await expect(restoreLog({ repository: fresh, remote, origin, pins: pinsOf(log) })).rejects.toMatchObject({
      code,
      index,
    });
    expect(await fresh.resolve(logRef)).toBeUndefined();
  });

  test("is not made from a log that does not continue what is here", async () => {
    const { remote, repository, log } = await forked();
    await expect(
      restoreLog({ repository, remote, origin, pins: { genesisDigest: log.genesisDigest } }),
    ).rejects.toMatchObject({
      code: "forked",
    });
  });
});

test("a cosigned checkpoint that the log does not reach shows that the log was cut", async () => {
  const { log, repository, commits } = await world(3);
  await log.keepCosigned(log.checkpoint);
  await repository.updateRef(logRef, (await commits())[2]!);
  await expect(openDecisionLog(logOptions(repository))).rejects.toMatchObject({
    code: "truncated",
    index: 3,
    evidence: { theirs: log.checkpoint },
  });
});

test("a cosigned checkpoint over other records shows that the log was rewritten", async () => {
  const { log, repository, twin } = await forked();
  await log.append(halted(4));
  await log.keepCosigned(twin.checkpoint);
  await expect(openDecisionLog(logOptions(repository))).rejects.toMatchObject({ code: "rewritten" });
});

/** A log of the genesis and so many records, and an empty remote. */
async function world(records: number) {
  const [repository, far] = await Promise.all([folders.logOf(records), folders.repository()]);
  const remote: Remote = { url: far.path };
  const log = await openDecisionLog(logOptions(repository));
  const commits = async () => (await repository.firstParents(undefined, log.commit)) ?? [];
  return { repository, far, remote, log, commits };
}

/** Two processes with the same keys that went on differently after record 1; the remote has the other one's. */
async function forked() {
  const first = await world(1);
  await first.log.publish(first.remote);
  const twin = await openDecisionLog(logOptions(await folders.logOf(1)));
  await twin.append(opened(2));
  await twin.append(halted(3));
  await first.log.append(halted(2));
  await twin.publish(first.remote);
  return { ...first, twin };
}

async function stranger(far: GitRepository): Promise<void> {
  await createLog(logOptions(far, { logKeys: [nextKey], signer: nextSigner }), genesis);
}

async function noLog(far: GitRepository): Promise<void> {
  const tree = await far.writeTree(undefined, { README: Buffer.from("hello") });
  await far.updateRef(
    logRef,
    await far.writeCommit({ tree, parents: [], message: "hello", at: 0, signer: nextSigner }),
  );
}

function pinsOf({ genesisDigest, head }: OpenedLog) {
  return { genesisDigest, minimum: head };
}
