import { afterAll, describe, expect, test } from "vitest";
import { evidenceDigest } from "../evidence/evidence.ts";
import type { LogErrorCode } from "./log-error.ts";
import {
  digest,
  evidenceOf,
  genesis,
  halted,
  logKey,
  logOptions,
  nextKey,
  nextSigner,
  oid,
  opened,
  rejected,
  signer,
  strangerKey,
  temporaryFolders,
} from "./log-world.fixture.ts";
import { createLog, type OpenedLog, openDecisionLog } from "./open-log.ts";
import type { DecisionRecord } from "./record.ts";
import { recoverKey } from "./recover-key.ts";

const folders = temporaryFolders();
afterAll(() => folders.remove());

describe("a log", () => {
  test("is there again after a restart, record by record, with its evidence", async () => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(repository));
    const evidence = evidenceOf(2);
    await log.append(opened(1));
    await log.append(rejected(2, evidence), { evidence });
    await log.append(halted(3));
    const again = await openDecisionLog({ ...logOptions(repository), pins: pinsOf(log) });
    expect(again.records).toEqual(log.records);
    expect(again.records.map(({ record }) => record.kind)).toEqual(["genesis", "opened", "rejected", "halted"]);
    expect(again.checkpoint).toBe(log.checkpoint);
    expect(again.genesisLeaf).toEqual(log.genesisLeaf);
    expect(await again.evidence(evidenceDigest(evidence))).toEqual(evidence);
    expect(await again.evidence(digest("0"))).toBeUndefined();
    expect(await again.append(halted(4))).toMatchObject({ index: 4 });
  });

  test("tells of every checkpoint, and takes appends one after the other", async () => {
    const repository = await folders.repository();
    const sizes: number[] = [];
    const log = await createLog(logOptions(repository, { onCheckpoint: ({ size }) => sizes.push(size) }), genesis);
    const logged = await Promise.all([1, 2, 3].map((at) => log.append(halted(at))));
    expect(logged.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(sizes).toEqual([2, 3, 4]);
  });

  test("is written by one process only: the other is told to open it again", async () => {
    const repository = await folders.logOf(0);
    const one = await openDecisionLog(logOptions(repository));
    const two = await openDecisionLog(logOptions(repository));
    await one.append(halted(1));
    await expect(two.append(halted(2))).rejects.toMatchObject({ code: "busy", index: 1, isTransient: true });
    await expect(two.append(halted(2))).rejects.toMatchObject({ code: "busy" });
    expect((await openDecisionLog(logOptions(repository))).records).toEqual(one.records);
  });

  test("goes on after an append that was refused", async () => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(repository));
    const bad = { kind: "halted", at: -1, code: "X" } as DecisionRecord;
    const [refused, taken] = await Promise.allSettled([log.append(bad), log.append(halted(1))]);
    expect([refused?.status, taken?.status]).toEqual(["rejected", "fulfilled"]);
    expect((await openDecisionLog(logOptions(repository))).records).toHaveLength(2);
  });

  test("is created once", async () => {
    const repository = await folders.repository();
    await expect(openDecisionLog(logOptions(repository))).rejects.toMatchObject({ code: "missing" });
    await createLog(logOptions(repository), genesis);
    await expect(createLog(logOptions(repository), genesis)).rejects.toMatchObject({ code: "exists" });
  });

  test("keeps the cosigned checkpoint over a restart", async () => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(repository));
    await log.keepCosigned(log.checkpoint);
    const { checkpoint } = log;
    await log.append(halted(1));
    expect((await openDecisionLog(logOptions(repository))).cosigned).toBe(checkpoint);
  });
});

describe("an append is refused", async () => {
  const log = await createLog(logOptions(await folders.repository()), genesis);
  const evidence = evidenceOf(1);

  test.each<[string, DecisionRecord, { evidence?: typeof evidence }]>([
    ["of a second genesis", log.genesis, {}],
    ["of a rotation that did not go its own way", { kind: "keyRotated", at: 1, previousKey: "a", nextKey: "b" }, {}],
    ["of a verdict without its evidence", rejected(1, evidence), {}],
    ["of a verdict with other evidence", rejected(1, evidence), { evidence: evidenceOf(2) }],
    ["of evidence that the record does not name", halted(1), { evidence }],
    ["with a member that no record has", { ...halted(1), note: "hello" } as unknown as DecisionRecord, {}],
    ["with a title in it", { ...opened(1), title: "hello" } as unknown as DecisionRecord, {}],
    ["of a kind that there is not", { kind: "hello", at: 1 } as unknown as DecisionRecord, {}],
    ["with a time that is no number", { ...halted(1), at: "now" } as unknown as DecisionRecord, {}],
    ["with half a character", { kind: "halted", at: 1, code: "\ud800" }, {}],
    ["with a control character", { kind: "halted", at: 1, code: "a\u001b[2J" }, {}],
    ["with an id that git has not", { kind: "resumed", at: 1, commit: "main" }, {}],
    ["with a member that is undefined", { ...halted(1), commit: undefined } as unknown as DecisionRecord, {}],
  ])("%s", async (_, record, options) => {
    await expect(log.append(record, options)).rejects.toMatchObject({ code: "refused" });
    expect(log.records).toHaveLength(1);
  });
});

describe("a log is not opened", async () => {
  const repository = await folders.logOf(3);
  const log = await openDecisionLog(logOptions(repository));
  const other = await createLog(logOptions(await folders.repository()), { ...genesis, commit: oid("0") });
  const options = logOptions(repository);

  test.each<[string, Partial<Parameters<typeof openDecisionLog>[0]>, LogErrorCode, number | undefined]>([
    ["under another genesis than the pinned one", { pins: pinsOf(other) }, "wrong-genesis", 0],
    ["under another name", { origin: "other.example/log" }, "wrong-genesis", 0],
    ["with nobody's key", { logKeys: [strangerKey] }, "wrong-key", undefined],
    ["without a key", { logKeys: [], pins: pinsOf(log) }, "wrong-key", undefined],
    ["with another SSH key", { signer: nextSigner }, "wrong-key", undefined],
    ["where it had more records once", { pins: { minimum: { size: 5, root: Buffer.alloc(32) } } }, "truncated", 4],
    ["where its records were others once", { pins: { minimum: { size: 3, root: Buffer.alloc(32) } } }, "rewritten", 2],
  ])("%s", async (_, more, code, index) => {
    await expect(openDecisionLog({ ...options, ...more })).rejects.toMatchObject({ code, index });
  });

  test("whose last commit a stranger signed, though every record and checkpoint in it is the log's own", async () => {
    const copy = await folders.logOf(3);
    const tip = (await copy.commit((await copy.resolve("refs/commonhold/log"))!))!;
    const { tree, parents, message } = tip;
    const forged = await copy.writeCommit({ tree, parents, message, at: 0, signer: nextSigner });
    await copy.updateRef("refs/commonhold/log", forged);
    await expect(openDecisionLog(logOptions(copy))).rejects.toMatchObject({ code: "wrong-key", index: 3 });
  });

  test("but it is where it was pinned as it is, or as it was", async () => {
    for (const size of [1, 3, 4]) {
      const minimum = { size, root: log.tree.root(size) };
      await expect(openDecisionLog({ ...options, pins: { minimum } })).resolves.toBeDefined();
    }
  });
});

describe("keys", () => {
  test("hand over in a record that both sign, and the log goes on under the next", async () => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(repository));
    await log.append(halted(1));
    expect(await log.rotateKey({ key: nextKey, signer: nextSigner })).toMatchObject({ index: 2 });
    const next = logOptions(repository, { logKeys: [logKey, nextKey], signer: nextSigner });
    expect((await openDecisionLog(next)).keys.map(({ since }) => since)).toEqual([0, 2]);
    await log.append(halted(3));
    for (const logKeys of [[nextKey], [logKey, nextKey], [nextKey, logKey]]) {
      const again = await openDecisionLog({ ...next, logKeys, pins: pinsOf(log) });
      expect(again.checkpoint).toBe(log.checkpoint);
    }
    await expect(openDecisionLog({ ...next, logKeys: [logKey] })).rejects.toMatchObject({ code: "wrong-key" });
    await expect(openDecisionLog({ ...next, signer })).rejects.toMatchObject({ code: "wrong-key" });
  });

  test("may change more than once, back to an old one too", async () => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(repository));
    for (const key of [nextKey, strangerKey, logKey]) await log.rotateKey({ key });
    await log.append(halted(1));
    await expect(openDecisionLog(logOptions(repository))).resolves.toMatchObject({ checkpoint: log.checkpoint });
  });

  test("that are lost are replaced by a record that only those believe who trust the next key", async () => {
    const repository = await folders.logOf(0);
    const log = await openDecisionLog(logOptions(repository));
    await log.append(halted(1));
    const pins = pinsOf(log);
    const { clock, origin } = logOptions(repository);
    await recoverKey({ repository, origin, clock, pins, next: { key: nextKey, signer: nextSigner } });
    const next = logOptions(repository, { logKeys: [nextKey], signer: nextSigner });
    const again = await openDecisionLog({ ...next, pins });
    await again.append(halted(3));
    await expect(openDecisionLog({ ...next, pins })).resolves.toBeDefined();
    const outsider = { ...next, pins, logKeys: [logKey] };
    await expect(openDecisionLog(outsider)).rejects.toMatchObject({ code: "wrong-key", index: 2 });
  });
});

function pinsOf({ genesisDigest, head }: OpenedLog) {
  return { genesisDigest, minimum: head };
}
