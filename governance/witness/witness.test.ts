import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { parseCheckpoint, type TreeHead } from "../../operator/tlog/checkpoint.ts";
import { cosignatureTime, cosignatureVerifier } from "../../operator/tlog/cosignature.ts";
import { privateNoteKey } from "../../operator/tlog/note/key.ts";
import {
  formatNote,
  noteSignaturesMax,
  parseNote,
  parseSignatureLine,
  withSignatures,
} from "../../operator/tlog/note/signed-note.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { formatAddCheckpoint } from "../../operator/tlog/witness/request.ts";
import { runs } from "../../test/runs.ts";
import {
  elsewhere,
  genesis,
  growth,
  honest,
  logKey,
  nextLogKey,
  noteOf,
  origin,
  rewritten,
} from "./log-world.fixture.ts";
import { type Claim, claimStore, claimsMax } from "./state/claims.ts";
import { headStore, originHash, WitnessStateError } from "./state/heads.ts";
import { MemoryDisk } from "./state/memory-disk.fixture.ts";
import { createWitness, type Witness, type WitnessNotice } from "./witness.ts";

const folder = "/state";
const key = privateNoteKey("ada.example/witness", 4, Buffer.alloc(32, 4));

describe("a witness", () => {
  test("cosigns growth from the pinned genesis, and shows what it cosigned last", async () => {
    const { witness } = await started();
    expect(witness.latest(originHash(origin))).toBeUndefined();
    for (const [from, to] of [
      [1, 5],
      [5, 9],
    ] as const) {
      const reply = await witness.addCheckpoint(growth(from, to));
      expect(reply).toMatchObject({ status: 200, contentType: "text/plain; charset=utf-8" });
      expect(cosignedBy(reply.body, to)).toBe(Math.floor(new ManualClock().now() / 1000));
      const shown = openCheckpoint(witness.latest(originHash(origin))!, trust);
      expect(shown).toMatchObject({ checkpoint: { size: to }, cosigned: [{ name: key.name }] });
    }
  });

  test("knows after a restart what it signed before, and shows it at once", async () => {
    const { witness, disk } = await started();
    await witness.addCheckpoint(growth(1, 5));
    const again = await started(disk.restarted("lost"));
    expect(openCheckpoint(again.witness.latest(originHash(origin))!, trust).checkpoint.size).toBe(5);
    expect(await again.witness.addCheckpoint(growth(1, 9))).toMatchObject({ status: 409, body: "5\n" });
    expect(await again.witness.addCheckpoint(growth(5, 9))).toMatchObject({ status: 200 });
  });

  test.each<[string, Buffer, number, string]>([
    ["another genesis", growth(1, 1, elsewhere), 409, "fork"],
    ["growth from another genesis", growth(1, 7, elsewhere), 422, "not-append-only"],
    ["another tree of the size that it signed", growth(5, 5, rewritten), 409, "fork"],
    ["growth of another history", growth(5, 8, rewritten), 422, "not-append-only"],
    ["growth from before what it signed", growth(3, 9), 409, "not-from-known"],
    ["a log that shrank", growth(4, 4), 409, "not-from-known"],
    ["growth that a key signed which is not the log's", growth(5, 9, honest, [nextLogKey]), 403, "unsigned"],
    ["a request of nothing", Buffer.alloc(0), 400, "malformed"],
  ])("refuses %s, and signs nothing", async (_, body, status, code) => {
    const { witness, notices } = await started();
    if (!body.equals(growth(1, 1, elsewhere)) && !body.equals(growth(1, 7, elsewhere))) {
      await witness.addCheckpoint(growth(1, 5));
    }
    const before = witness.latest(originHash(origin));
    const reply = await witness.addCheckpoint(body);
    expect(reply.status).toBe(status);
    expect(notices.at(-1)).toMatchObject({ code });
    expect(witness.latest(originHash(origin))).toBe(before);
  });

  test("takes a checkpoint under the next key while the log changes it", async () => {
    const { witness } = await started(new MemoryDisk(), [logKey, nextLogKey]);
    expect(await witness.addCheckpoint(growth(1, 4))).toMatchObject({ status: 200 });
    expect(await witness.addCheckpoint(growth(4, 5, honest, [logKey, nextLogKey]))).toMatchObject({ status: 200 });
    expect(await witness.addCheckpoint(growth(5, 6, honest, [nextLogKey]))).toMatchObject({ status: 200 });
  });

  test("does not write again what it agreed to already", async () => {
    const { witness, disk } = await started();
    await witness.addCheckpoint(growth(1, 5));
    const { steps } = disk;
    expect(await witness.addCheckpoint(growth(5, 5))).toMatchObject({ status: 200 });
    expect(disk.steps).toBe(steps);
  });

  test("keeps the log's signatures only: strangers' lines cannot take the room of its own", async () => {
    const { witness, disk } = await started();
    const crowd = Array.from({ length: noteSignaturesMax - 1 }, (_, at) => ({
      name: `stranger${at}`,
      keyId: at,
      signature: Buffer.alloc(64, at),
    }));
    const note = formatNote(withSignatures(parseNote(noteOf(honest, 5)), crowd));
    const body = Buffer.from(formatAddCheckpoint({ oldSize: 1, proof: honest.consistencyProof(1, 5), note }));
    expect(await witness.addCheckpoint(body)).toMatchObject({ status: 200 });
    expect(parseNote(witness.latest(originHash(origin))!).signatures.map(({ name }) => name)).toEqual([
      origin,
      key.name,
    ]);
    await expect(started(disk.restarted("lost"))).resolves.toBeDefined();
  });
});

describe("what the log signed and should not have", () => {
  test("is kept with what this witness had signed, so that anybody can compare", async () => {
    const { witness, disk } = await started();
    await witness.addCheckpoint(growth(1, 5));
    await witness.addCheckpoint(growth(5, 5, rewritten));
    const [claim] = await claimsOf(disk);
    expect(claim).toMatchObject({ origin, code: "fork", claimed: noteOf(rewritten, 5), known: noteOf(honest, 5) });
    const heads = [claim!.claimed, claim!.known!].map((note) => openCheckpoint(note, trust).checkpoint);
    expect(heads[0]!.size).toBe(heads[1]!.size);
    expect(heads[0]!.root).not.toEqual(heads[1]!.root);
  });

  test("is kept once, in whatever company it comes", async () => {
    const { witness, disk } = await started();
    await witness.addCheckpoint(growth(1, 5));
    for (let at = 0; at < 3; at++) {
      const stranger = { name: "stranger", keyId: at, signature: Buffer.alloc(64, at) };
      const note = formatNote(withSignatures(parseNote(noteOf(rewritten, 5)), [stranger]));
      await witness.addCheckpoint(Buffer.from(formatAddCheckpoint({ oldSize: 5, proof: [], note })));
    }
    expect(await claimsOf(disk)).toHaveLength(1);
  });

  test("is kept up to a bound, and wrong requests do not take the room of proofs", async () => {
    const disk = new MemoryDisk();
    const store = claimStore(folder, disk);
    for (let at = 0; at < claimsMax + 5; at++) {
      expect(await store.keep({ origin, code: "not-append-only", at, claimed: `${at}` })).toBe(at < claimsMax);
    }
    expect(await store.keep({ origin, code: "fork", at: 0, claimed: "a proof" })).toBe(true);
    expect(await claimsOf(disk)).toHaveLength(claimsMax + 1);
  });

  test("is refused even where it cannot be kept", async () => {
    const { witness, disk, notices } = await started();
    await witness.addCheckpoint(growth(1, 5));
    disk.killAt = disk.steps;
    expect(await witness.addCheckpoint(growth(5, 5, rewritten))).toMatchObject({ status: 409 });
    expect(notices.at(-1)).toMatchObject({ code: "fork", unkept: expect.any(Error) });
  });
});

describe("killed between any two steps", () => {
  const requests = [growth(1, 5), growth(5, 9), growth(9, 10)];
  const steps = async (): Promise<number> => {
    const { witness, disk } = await started();
    for (const body of requests) await witness.addCheckpoint(body);
    return disk.steps;
  };

  test.each(["kept", "lost"] as const)("with the power %s, it never forgets what it signed", async (power) => {
    const count = await steps();
    expect(count).toBeGreaterThan(15);
    for (let killAt = 0; killAt <= count; killAt++) {
      const disk = new MemoryDisk();
      disk.killAt = killAt;
      const signed = await signedUntilKilled(disk, requests);
      const again = await started(disk.restarted(power));
      const known = knownSize(again.witness);
      expect(known, `killed before step ${killAt}`).toBeGreaterThanOrEqual(signed);
      expect(await again.witness.addCheckpoint(growth(known, 12))).toMatchObject({ status: 200 });
      if (signed > 2) {
        const fork = await (await started(disk.restarted(power))).witness.addCheckpoint(growth(known, 12, rewritten));
        expect(fork.status).toBe(422);
      }
    }
  });

  test("goes on in the same process with what is on disk", async () => {
    const count = await steps();
    for (let killAt = 0; killAt < count; killAt++) {
      const { witness, disk } = await started();
      disk.killAt = killAt;
      for (const body of requests) await witness.addCheckpoint(body).catch(() => undefined);
      disk.killAt = undefined;
      const { body, status } = await witness.addCheckpoint(growth(1, 12));
      const known = status === 200 ? 12 : Number(body);
      expect(await witness.addCheckpoint(growth(known, 13))).toMatchObject({ status: 200 });
    }
  });
});

describe("a folder", () => {
  test("that two processes use makes one of them stop: they never sign two histories", async () => {
    const disk = new MemoryDisk();
    const [one, two] = [await started(disk), await started(disk)];
    expect(await one.witness.addCheckpoint(growth(1, 2))).toMatchObject({ status: 200 });
    await expect(two.witness.addCheckpoint(growth(1, 5, rewritten))).rejects.toMatchObject({ code: "taken" });
    expect(await two.witness.addCheckpoint(growth(1, 5, rewritten))).toMatchObject({ status: 409, body: "2\n" });
  });

  test("in which a number was passed long ago takes no checkpoint of who slept", async () => {
    const disk = new MemoryDisk();
    const heads = headStore(folder, disk);
    const slow = await heads.latest(origin);
    let kept = slow;
    for (const size of [2, 3, 4, 5]) kept = await heads.keep(origin, kept, noteOf(honest, size));
    await expect(heads.keep(origin, slow, noteOf(rewritten, 5))).rejects.toMatchObject({ code: "taken" });
    expect((await heads.latest(origin)).note).toBe(noteOf(honest, 5));
  });

  test.each<[string, (content: string) => string]>([
    ["changed", (content) => content.replace("\n5\n", "\n6\n")],
    ["cut", (content) => content.slice(0, -1)],
    ["emptied", () => ""],
  ])("whose latest checkpoint was %s starts no witness", async (_, change) => {
    const { witness, disk } = await started();
    await witness.addCheckpoint(growth(1, 5));
    disk.tamper(disk.paths.find((path) => path.includes("head."))!, change);
    await expect(started(disk)).rejects.toThrow(WitnessStateError);
  });

  test("holds two checkpoints of a log at most, and nothing unfinished", async () => {
    const { witness, disk } = await started();
    for (let size = 1; size < 20; size++) await witness.addCheckpoint(growth(size, size + 1));
    expect(disk.paths.map((path) => path.split("/").at(-1))).toEqual(["head.18", "head.19"]);
  });
});

test("asked by many at once it answers one after the other: of two histories it signs one", async () => {
  const { witness } = await started();
  const replies = await Promise.all(
    [growth(1, 5), growth(1, 5, rewritten), growth(1, 6), growth(1, 6, rewritten)].map((body) =>
      witness.addCheckpoint(body),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual([200, 409, 409, 409]);
});

test("shown any histories, with restarts in between, it signs continuations only", async () => {
  const step = fc.record({
    tree: fc.constantFrom(honest, rewritten),
    to: fc.integer({ min: 1, max: 20 }),
    cut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      let { witness, disk } = await started();
      const signed: TreeHead[] = [{ size: 1, root: genesis }];
      for (const { tree, to, cut } of steps) {
        if (cut) ({ witness, disk } = await started(disk.restarted("lost")));
        const last = signed.at(-1)!;
        const { status } = await witness.addCheckpoint(growth(last.size, to, tree));
        if (status === 200) signed.push({ size: to, root: tree.root(to) });
      }
      const isOne = (tree: typeof honest) =>
        signed.every(({ size, root }) => Buffer.from(tree.root(size)).equals(root));
      expect(isOne(honest) || isOne(rewritten)).toBe(true);
      expect(signed.map(({ size }) => size)).toEqual(signed.map(({ size }) => size).toSorted((a, b) => a - b));
    }),
    runs(30),
  );
});

const trust = {
  origin,
  log: [noteVerifier(logKey), noteVerifier(nextLogKey)],
  witnesses: [cosignatureVerifier(key)],
};

async function started(disk = new MemoryDisk(), keys = [logKey]) {
  const notices: WitnessNotice[] = [];
  const witness = createWitness({
    key,
    clock: new ManualClock(),
    logs: [{ origin, keys, genesis }],
    heads: headStore(folder, disk),
    claims: claimStore(folder, disk),
    onAnswer: (notice) => notices.push(notice),
  });
  await witness.load();
  return { witness, disk, notices };
}

/** The largest size that was signed before the end came. */
async function signedUntilKilled(disk: MemoryDisk, bodies: readonly Buffer[]): Promise<number> {
  const { witness } = await started(disk);
  let signed = 1;
  for (const body of bodies) {
    const reply = await witness.addCheckpoint(body).catch(() => undefined);
    if (reply?.status !== 200) break;
    signed = knownSize(witness);
  }
  return signed;
}

function knownSize(witness: Witness): number {
  const note = witness.latest(originHash(origin));
  return note === undefined ? 1 : parseCheckpoint(parseNote(note).text).size;
}

function cosignedBy(line: string, size: number): number {
  const signature = parseSignatureLine(line.trimEnd());
  const { text } = parseNote(noteOf(honest, size));
  expect(cosignatureVerifier(key).verifies(text, signature.signature)).toBe(true);
  return cosignatureTime(signature.signature)!;
}

async function claimsOf(disk: MemoryDisk): Promise<Claim[]> {
  const paths = disk.paths.filter((path) => path.includes("/claims/"));
  return Promise.all(paths.map(async (path) => JSON.parse((await disk.read(path))!)));
}
