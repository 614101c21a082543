/** The log's side: asking witnesses that run, that lie, that are away, and that hold something else. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createAddressPolicy } from "../../../operator/addresses/policy.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { cosign as cosignature, cosignatureVerifier } from "../../../operator/tlog/cosignature.ts";
import type { MerkleTree } from "../../../operator/tlog/merkle/tree.ts";
import { parsePublicKey, privateNoteKey } from "../../../operator/tlog/note/key.ts";
import { formatSignatureLine, parseNote } from "../../../operator/tlog/note/signed-note.ts";
import { noteVerifier } from "../../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../../operator/tlog/signed-checkpoint.ts";
import { elsewhere, genesis, honest, logKey, noteOf, origin, rewritten, strangerKey } from "../log-world.fixture.ts";
import { type RunningWitness, startWitness } from "../start.ts";
import { type Cosigning, createCosigner, type WitnessedLog } from "./cosign.ts";
import { findForks } from "./find-forks.ts";
import { createWitnessHttp } from "./http.ts";
import { parseWitnessPeer, type WitnessPeer } from "./peer.ts";

const root = mkdtempSync(join(tmpdir(), "commonhold-cosign-"));
const http = createWitnessHttp({
  policy: createAddressPolicy({ allow: ["127.0.0.1"] }),
  clock: systemClock,
  timeoutMs: 60_000,
});
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});
afterAll(async () => {
  await http.close();
  rmSync(root, { recursive: true, force: true });
});
let folders = 0;

describe("cosignatures", () => {
  test("of all witnesses come into the note, and again as the log grows", async () => {
    const witnesses = [await witness("ada"), await witness("ben")];
    const cosigner = createCosigner({ witnesses, http, quorum: 2 });
    for (const size of [3, 7]) {
      const cosigning = await cosigner.cosign(logOf(honest, size));
      expect(cosigning).toMatchObject({ cosigned: 2, isEnough: true });
      const opened = openCheckpoint(cosigning.note, trustIn(witnesses));
      expect(opened.cosigned.map(({ name }) => name)).toEqual(["ada.example/witness", "ben.example/witness"]);
      expect(opened.checkpoint.size).toBe(size);
    }
  });

  test("replace those of the same witness and leave the others", async () => {
    const witnesses = [await witness("ada"), await witness("ben")];
    const both = await createCosigner({ witnesses, http, quorum: 2 }).cosign(logOf(honest, 3));
    const one = createCosigner({ witnesses: witnesses.slice(0, 1), http, quorum: 1 });
    const again = await one.cosign({ ...logOf(honest, 3), note: both.note });
    expect(openCheckpoint(again.note, trustIn(witnesses)).cosigned).toHaveLength(2);
  });

  test("go on where a witness is, though this process never asked it before", async () => {
    const ada = await witness("ada");
    await createCosigner({ witnesses: [ada], http, quorum: 1 }).cosign(logOf(honest, 5));
    const fresh = createCosigner({ witnesses: [ada], http, quorum: 1 });
    expect(await fresh.cosign(logOf(honest, 9))).toMatchObject({ cosigned: 1 });
  });

  test("that do not come cost themselves only; whether they are enough is the quorum's", async () => {
    const away = { url: "http://127.0.0.1:1", key: privateNoteKey("away.example/w", 4, Buffer.alloc(32, 9)) };
    const cosigning = await createCosigner({ witnesses: [await witness("ada"), away], http, quorum: 2 }).cosign(
      logOf(honest, 3),
    );
    expect(cosigning).toMatchObject({ cosigned: 1, isEnough: false });
    expect(statesOf(cosigning)).toEqual(["cosigned", "unreachable"]);
  });
});

describe("a witness that holds something else", () => {
  test.each<[string, MerkleTree, number, MerkleTree, number, string]>([
    ["another tree of this size", rewritten, 5, honest, 5, "fork"],
    ["the beginning of another history", rewritten, 5, honest, 8, "not-append-only"],
    ["more than the log has", honest, 9, honest, 5, "ahead"],
    ["more of another history", rewritten, 9, honest, 5, "ahead"],
  ])("%s, is told of with what both signed", async (_, theirs, theirSize, ours, size, code) => {
    const ada = await witness("ada");
    const cosigner = createCosigner({ witnesses: [ada], http, quorum: 0 });
    await cosigner.cosign(logOf(theirs, theirSize));
    const { answers, cosigned } = await cosigner.cosign(logOf(ours, size));
    expect(cosigned).toBe(0);
    const [{ disagreement } = { disagreement: undefined }] = answers;
    expect(disagreement).toMatchObject({ code, size: theirSize });
    const [mine, other] = [disagreement!.evidence!.ours, disagreement!.evidence!.theirs].map(
      (note) => openCheckpoint(note, trustIn([ada])).checkpoint,
    );
    expect(other!.size).toBe(theirSize);
    if (code === "ahead") expect(mine!.size).toBe(size);
    else expect([mine!.size, mine!.root.toString()]).not.toEqual([other!.size, other!.root.toString()]);
  });

  test("another genesis, is told of without a proof: it signed nothing", async () => {
    const ada = await witness("ada");
    const { answers } = await createCosigner({ witnesses: [ada], http, quorum: 0 }).cosign(logOf(elsewhere, 4));
    expect(answers[0]).toMatchObject({ disagreement: { code: "not-append-only", size: 1 } });
    expect(answers[0]!.disagreement).not.toHaveProperty("evidence");
  });
});

describe("a witness that does not do as it should", () => {
  const key = privateNoteKey("ada.example/witness", 4, Buffer.alloc(32, 7));
  const lineBy = (by: typeof key, size = 5) =>
    formatSignatureLine(cosignature(parseNote(noteOf(honest, size)).text, by, 1));

  test.each<[string, Answer, string]>([
    ["signs with another key", () => [200, lineBy(privateNoteKey(key.name, 4, Buffer.alloc(32, 8)))], "refused"],
    ["signs another checkpoint", () => [200, lineBy(key, 4)], "refused"],
    ["signs nothing", () => [200, ""], "refused"],
    ["answers with something else", () => [200, "<html>"], "refused"],
    ["does not know the log", () => [404, "unknown"], "refused"],
    ["does not know the key", () => [403, "unsigned"], "refused"],
    ["fails", () => [500, "oops"], "unreachable"],
    ["is asked too often", () => [429, "later"], "unreachable"],
    ["names a size that is none", () => [409, "0x5\n", "text/x.tlog.size"], "refused"],
    ["conflicts without saying where", () => [409, "no\n"], "refused"],
    ["names the size from which it was asked", () => [409, "0\n", "text/x.tlog.size"], "refused"],
    ["names another size each time", (asked) => [409, `${1 + (asked % 3)}\n`, "text/x.tlog.size"], "refused"],
    ["sends somewhere else", () => [302, ""], "refused"],
    ["sends more than any answer has", () => [200, "a".repeat(200_000)], "unreachable"],
  ])("%s, gives no cosignature", async (_, answer, state) => {
    const url = await serving(answer);
    const cosigning = await createCosigner({ witnesses: [{ url, key }], http, quorum: 1 }).cosign(logOf(honest, 5));
    expect(statesOf(cosigning)).toEqual([state]);
    expect(cosigning).toMatchObject({ cosigned: 0, isEnough: false, note: noteOf(honest, 5) });
  });

  test("never answers, is waited for as long as a request may take", async () => {
    const clock = new ManualClock();
    const patient = createWitnessHttp({
      policy: createAddressPolicy({ allow: ["127.0.0.1"] }),
      clock,
      timeoutMs: 5_000,
    });
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const url = await serving(() => {
      isAsked();
      return undefined;
    });
    const cosigning = createCosigner({ witnesses: [{ url, key }], http: patient, quorum: 1 }).cosign(logOf(honest, 5));
    await asked;
    await clock.advance(5_000);
    expect((await cosigning).answers[0]!.answer).toMatchObject({
      state: "unreachable",
      why: expect.stringContaining("5000 ms"),
    });
    expect(clock.pending).toBe(0);
    await patient.close();
  });

  test("is at an address inside, is not asked", async () => {
    const closed = createWitnessHttp({ policy: createAddressPolicy({ allow: [] }), clock: systemClock });
    const url = await serving(() => [200, ""]);
    const cosigning = await createCosigner({ witnesses: [{ url, key }], http: closed, quorum: 1 }).cosign(
      logOf(honest, 5),
    );
    expect(cosigning.answers[0]!.answer).toMatchObject({
      state: "unreachable",
      why: expect.stringContaining("loopback"),
    });
    await closed.close();
  });

  test("is left at once when the log stops", async () => {
    const url = await serving(() => undefined);
    const abort = new AbortController();
    const cosigning = createCosigner({ witnesses: [{ url, key }], http, quorum: 1 }).cosign(
      logOf(honest, 5),
      abort.signal,
    );
    abort.abort(new Error("stopped"));
    await expect(cosigning).rejects.toThrow("stopped");
  });
});

describe("two witnesses", () => {
  test("that were shown two histories give the proof away, whoever compares what they hold", async () => {
    const [ada, ben] = [await witness("ada"), await witness("ben")];
    const lying = { quorum: 1, http };
    await createCosigner({ witnesses: [ada], ...lying }).cosign(logOf(honest, 6));
    await createCosigner({ witnesses: [ben], ...lying }).cosign(logOf(rewritten, 6));
    const held = await createCosigner({ witnesses: [ada, ben], ...lying }).held(origin);
    const checkpoints = held.map(({ witness: { url: by }, note }) => ({ by, note: note! }));
    const search = { origin, log: [noteVerifier(logKey)] };
    const [fork, ...others] = findForks(checkpoints, search);
    expect(others).toEqual([]);
    expect(fork).toMatchObject({ kind: "fork", size: 6, held: [{ by: ada.url }, { by: ben.url }] });
    const roots = checkpoints.map(({ note }) => openCheckpoint(note, trustIn([ada, ben])).checkpoint.root.toString());
    expect(new Set(roots).size).toBe(2);
  });

  test.each<[string, string[], object[]]>([
    ["the same", [noteOf(honest, 5), noteOf(honest, 5)], []],
    ["one log at two sizes", [noteOf(honest, 5), noteOf(honest, 8)], []],
    [
      "two histories at two sizes, which the records tell apart",
      [noteOf(honest, 5), noteOf(rewritten, 8)],
      [{ kind: "not-these-records", size: 8 }],
    ],
    [
      "two histories at one size",
      [noteOf(honest, 5), noteOf(rewritten, 5)],
      [
        { kind: "fork", size: 5 },
        { kind: "not-these-records", size: 5 },
      ],
    ],
    ["more than the records", [noteOf(honest, 12)], [{ kind: "more-records", size: 12 }]],
    ["what a stranger signed", [noteOf(honest, 5), noteOf(rewritten, 5, [strangerKey])], [{ kind: "unsigned" }]],
    ["no note at all", ["hello"], [{ kind: "unsigned" }]],
  ])("that hold %s", (_, notes, expected) => {
    const held = notes.map((note, at) => ({ by: `witness ${at}`, note }));
    const records = { size: 9, root: (size: number) => honest.root(size) };
    expect(findForks(held, { origin, log: [noteVerifier(logKey)], records })).toMatchObject(expected);
  });
});

describe("a witness is written down", () => {
  const vkey = "ada.example/witness+3c2b4a5d+BA";
  test.each([
    ["not as a URL", "ada"],
    ["with a scheme that is not asked", "ftp://ada.example"],
    ["with a password in it", "https://ada:secret@ada.example"],
    ["with a key that is none", `https://ada.example ${vkey}`],
    ["with more than a key", "https://ada.example a b"],
  ])("%s: refused", (_, text) => {
    expect(() => parseWitnessPeer(text)).toThrow(TypeError);
  });

  test("as a URL with or without its key", async () => {
    expect(parseWitnessPeer("https://ada.example/w/")).toEqual({ url: "https://ada.example/w" });
    const { key, url } = await witness("ada");
    expect(parseWitnessPeer(`${url} ${vkeys.get(url)}`)).toEqual({ url, key });
  });
});

/** Public keys by URL. */
const vkeys = new Map<string, string>();

async function witness(name: string): Promise<Required<WitnessPeer>> {
  const stateFolder = join(root, String(++folders));
  const settings = { stateFolder, keyName: `${name}.example/witness`, origin, logKeys: [logKey], genesis };
  const started: RunningWitness = await startWitness({
    settings: { ...settings, listenAddress: "127.0.0.1", port: 0 },
    clock: new ManualClock(),
    logger: pino({ level: "silent" }),
  });
  running.push(started);
  vkeys.set(started.url, started.vkey);
  return { url: started.url, key: parsePublicKey(started.vkey) };
}

type Answer = (asked: number) => [status: number, body: string, type?: string] | undefined;

/** A server that answers every request so; undefined: not at all. */
async function serving(answer: Answer): Promise<string> {
  let asked = 0;
  const server: Server = createServer((incoming, response) => {
    incoming.resume();
    const said = answer(asked++);
    if (!said) return;
    const [status, body, type = "text/plain"] = said;
    response.writeHead(status, { "content-type": type, location: "http://127.0.0.1:1/" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  running.push({
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function logOf(tree: MerkleTree, size: number): WitnessedLog {
  return {
    origin,
    size,
    note: noteOf(tree, size),
    consistencyProof: (from, to) => tree.consistencyProof(from, to),
    verifiers: [noteVerifier(logKey)],
    root: (at) => tree.root(at),
    checkpointAt: async (at) => noteOf(tree, at),
  };
}

function trustIn(witnesses: readonly Required<WitnessPeer>[]) {
  return { origin, log: [noteVerifier(logKey)], witnesses: witnesses.map(({ key }) => cosignatureVerifier(key)) };
}

function statesOf({ answers }: Cosigning): string[] {
  return answers.map(({ answer }) => answer.state);
}
