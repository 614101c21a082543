import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../../../test/any-text.ts";
import { runs } from "../../../test/runs.ts";
import type { TreeHead } from "../checkpoint.ts";
import { cosign, cosignatureVerifier } from "../cosignature.ts";
import { emptyRoot, leafHash } from "../merkle/hash.ts";
import { MerkleTree } from "../merkle/tree.ts";
import { type PrivateNoteKey, privateNoteKey } from "../note/key.ts";
import { NoteError } from "../note/note-error.ts";
import { formatNote, parseNote, withSignatures } from "../note/signed-note.ts";
import { noteVerifier } from "../note/verify.ts";
import { openCheckpoint, signCheckpoint } from "../signed-checkpoint.ts";
import { decideAddCheckpoint, genesisHead, type WitnessAnswer } from "./decide.ts";
import { formatAddCheckpoint, parseAddCheckpoint, proofHashesMax } from "./request.ts";

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/notes.json"), "utf8"));
const origin = "commonhold.example/log";
const logKey = privateNoteKey(origin, 1, Buffer.alloc(32, 1));
const oldLogKey = privateNoteKey(origin, 1, Buffer.alloc(32, 2));
const strangerKey = privateNoteKey(origin, 1, Buffer.alloc(32, 3));
const witnessKey = privateNoteKey("witness.example/w1", 4, Buffer.alloc(32, 4));
const honest = treeOf((index) => `record ${index}`);
const rewritten = treeOf((index) => (index === 2 ? "rewritten" : `record ${index}`));
const elsewhere = treeOf((index) => `another community's record ${index}`);

interface Asked {
  known?: TreeHead;
  tree?: MerkleTree;
  from?: number;
  to?: number;
  key?: PrivateNoteKey;
  of?: string;
  bend?: (body: string) => string | Uint8Array;
}

describe("a witness", () => {
  test.each<[string, Asked]>([
    ["growth", {}],
    ["growth by one", { from: 5, to: 6 }],
    ["the same tree again", { from: 5, to: 5 }],
    ["growth that another key of the log signed", { key: oldLogKey }],
    ["the genesis alone, as the first thing", { known: pinned(), from: 1, to: 1 }],
    ["growth from the genesis, as the first thing", { known: pinned(), from: 1, to: 7 }],
    ["anything of a log without a pinned genesis, as the first thing", { known: head(honest, 0), from: 0, to: 7 }],
    ["a log without records", { known: head(honest, 0), from: 0, to: 0 }],
  ])("accepts %s, and says what to remember before it signs", (_, asked) => {
    const answer = ask(asked);
    const { from = 5, to = 9 } = asked;
    expect(from).toBeLessThanOrEqual(to);
    expect(answer).toMatchObject({
      status: 200,
      remember: { origin, head: { size: to, root: Buffer.from(honest.root(to)) } },
    });
    const [cosigned] = cosignedBy(answer);
    expect(cosigned).toEqual({ name: witnessKey.name, keyId: witnessKey.keyId, time: 1_700_000_000 });
  });

  test.each<[string, Asked, number, string]>([
    ["a log that it does not know", { of: "commonhold.example/other" }, 404, "unknown-log"],
    ["a log whose name only begins alike", { of: `${origin}2` }, 404, "unknown-log"],
    ["a checkpoint that a stranger signed in the log's name", { key: strangerKey }, 403, "unsigned"],
    ["a checkpoint whose size was changed", { bend: (body) => body.replace("\n9\n", "\n8\n") }, 403, "unsigned"],
    ["a log that shrank", { from: 5, to: 4 }, 400, "old-size-above-size"],
    ["a log that is behind, from where it is", { from: 4, to: 4 }, 409, "not-from-known"],
    ["growth from before what is known", { from: 3 }, 409, "not-from-known"],
    ["growth from behind what is known", { from: 6 }, 409, "not-from-known"],
    ["growth from nothing, though something is known", { from: 0 }, 409, "not-from-known"],
    ["a first checkpoint from nothing where a genesis is pinned", { known: pinned(), from: 0 }, 409, "not-from-known"],
    ["another tree of the known size", { tree: rewritten, from: 5, to: 5 }, 409, "fork"],
    ["another tree of the known size, said to grow from before", { tree: rewritten, from: 3, to: 5 }, 409, "fork"],
    ["another genesis", { known: pinned(), tree: elsewhere, from: 1, to: 1 }, 409, "fork"],
    ["growth that rewrote a record", { tree: rewritten }, 422, "not-append-only"],
    ["growth from another genesis", { known: pinned(), tree: elsewhere, from: 1, to: 7 }, 422, "not-append-only"],
    ["growth with its proof cut", { bend: withoutLine(2) }, 422, "not-append-only"],
    [
      "growth without its proof",
      { bend: (body) => `old 5\n${body.slice(body.indexOf("\n\n") + 1)}` },
      422,
      "not-append-only",
    ],
    ["growth with its proof swapped", { bend: swapped }, 422, "not-append-only"],
    ["growth with a hash too many", { bend: withLine(zeros) }, 422, "not-append-only"],
    ["the same tree with a proof", { from: 5, to: 5, bend: withLine(zeros) }, 422, "not-append-only"],
    ["a proof from nothing", { known: head(honest, 0), from: 0, bend: withLine(zeros) }, 422, "not-append-only"],
  ])("refuses %s", (_, asked, status, code) => {
    expect(ask(asked)).toMatchObject({ status, code });
  });

  test.each<[string, (body: string) => string | Uint8Array]>([
    ["of nothing", () => ""],
    ["without an old size", withoutLine(0)],
    ["whose old size is in hexadecimal", (body) => body.replace("old 5", "old 0x5")],
    ["whose old size is missing", (body) => body.replace("old 5", "old ")],
    ["whose old size has zeros before it", (body) => body.replace("old 5", "old 05")],
    ["whose old size is below zero", (body) => body.replace("old 5", "old -5")],
    ["whose old size has two spaces", (body) => body.replace("old 5", "old  5")],
    ["whose old size is beyond what is counted", (body) => body.replace("old 5", "old 9007199254740992")],
    ["that says new for old", (body) => body.replace("old 5", "new 5")],
    ["that says only a number", (body) => body.replace("old 5", "5")],
    ["that says OLD", (body) => body.replace("old 5", "OLD 5")],
    ["with a hash that is cut", withLine("AAAA")],
    ["with a hash that is no base64", withLine("not base64")],
    ["with a hash that has a space behind it", withLine(`${zeros} `)],
    [
      "with more hashes than any log needs",
      withLine(
        Array(proofHashesMax + 1)
          .fill(zeros)
          .join("\n"),
      ),
    ],
    ["without the empty line", (body) => body.replace("\n\n", "\n")],
    ["with one empty line too many", (body) => body.replace("\n\n", "\n\n\n")],
    ["without the checkpoint", (body) => body.slice(0, body.indexOf("\n\n") + 2)],
    ["whose checkpoint is not signed", (body) => body.slice(0, body.lastIndexOf("\n\n") + 1)],
    ["whose checkpoint has no root", (body) => body.replace(/\n[^\n]*\n\n—/, "\n\n—")],
    ["whose last line feed is missing", (body) => body.slice(0, -1)],
    ["with carriage returns", (body) => body.replaceAll("\n", "\r\n")],
    ["with a control character", (body) => body.replace("old", "old\0")],
    ["that is not UTF-8", (body) => Buffer.concat([Buffer.from(body), Buffer.from([0xff])])],
    ["of a megabyte and more", (body) => body + "a".repeat(1_000_000)],
    ["of JSON", () => '{"old":5}'],
  ])("refuses a request %s, as malformed", (_, bend) => {
    expect(ask({ bend })).toMatchObject({ status: 400, code: "malformed" });
  });

  test("tells a log that is elsewhere from where to go on, in the form of the specification", () => {
    expect(ask({ from: 3 })).toMatchObject({ status: 409, body: "5\n", contentType: "text/x.tlog.size" });
    expect(ask({ known: pinned(), from: 0 })).toMatchObject({ status: 409, body: "1\n" });
  });

  test("keeps what a log signed and should not have, as evidence that anybody can check", () => {
    for (const asked of [{ tree: rewritten, from: 5, to: 5 }, { tree: rewritten }]) {
      const answer = ask(asked);
      if (answer.status === 200 || !answer.claimed) throw new Error("nothing was kept");
      const opened = openCheckpoint(answer.claimed.note, { origin, log: [noteVerifier(logKey)], witnesses: [] });
      expect(opened.checkpoint).toEqual(answer.claimed.checkpoint);
      expect(opened.checkpoint.root).not.toEqual(honest.root(opened.checkpoint.size));
    }
  });

  test("keeps no evidence of what the log did not sign", () => {
    expect(ask({ key: strangerKey, tree: rewritten })).not.toHaveProperty("claimed");
    expect(ask({ from: 3 })).not.toHaveProperty("claimed");
  });

  test("shown a fork with a second witness: one of them is told, whatever the order", () => {
    const known = head(honest, 5);
    expect(ask({ known, from: 5, to: 8 }).status).toBe(200);
    expect(ask({ known, tree: rewritten, from: 5, to: 8 })).toMatchObject({ status: 422 });
    expect(ask({ known: head(rewritten, 8), from: 8, to: 8 })).toMatchObject({ code: "fork" });
  });

  test("that is shown any history only ever signs continuations of what it signed before", () => {
    const step = fc.record({ honest: fc.boolean(), from: fc.nat({ max: 20 }), to: fc.nat({ max: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let known = pinned();
        for (const { honest: fair, from, to } of steps) {
          const answer = ask({ known, tree: fair ? honest : rewritten, from, to });
          if (answer.status !== 200) continue;
          expect(answer.remember.head.size).toBeGreaterThanOrEqual(known.size);
          const trees = [honest, rewritten].filter((tree) => same(head(tree, known.size), known));
          known = answer.remember.head;
          expect(trees.some((tree) => same(head(tree, known.size), known))).toBe(true);
        }
      }),
      runs(40),
    );
  });

  test("answers any noise in a request, and accepts it only where nothing changed", () => {
    fc.assert(
      fc.property(anyText(6), fc.nat({ max: 400 }), (noise, at) => {
        const answer = ask({ bend: (body) => body.slice(0, at) + noise + body.slice(at) });
        if (noise === "") expect(answer.status).toBe(200);
        else expect([200, 400, 403, 404, 409, 422]).toContain(answer.status);
      }),
      runs(100),
    );
  });
});

describe("the request of the specification", () => {
  test("is read and written back to the byte", () => {
    const request = parseAddCheckpoint(vectors.addCheckpoint);
    expect(request).toMatchObject({ oldSize: 20852014, proof: { length: 4 } });
    expect(parseNote(request.note).signatures).toHaveLength(2);
    expect(formatAddCheckpoint(request)).toBe(vectors.addCheckpoint);
  });

  test("may have as many hashes as a log can need, and not one more", () => {
    const note = vectors.addCheckpoint.slice(vectors.addCheckpoint.indexOf("\n\n") + 2);
    const ofHashes = (count: number) => formatAddCheckpoint({ oldSize: 1, proof: Array(count).fill(emptyRoot), note });
    expect(parseAddCheckpoint(ofHashes(proofHashesMax)).proof).toHaveLength(63);
    expect(() => parseAddCheckpoint(ofHashes(proofHashesMax + 1))).toThrow(NoteError);
  });
});

/** Asks a witness that knows five honest records for a cosignature over nine; each part can be another. */
function ask({
  known,
  tree = honest,
  from = 5,
  to = 9,
  key = logKey,
  of = origin,
  bend = (body) => body,
}: Asked): WitnessAnswer {
  const note = signCheckpoint({ origin: of, size: to, root: tree.root(to), extensions: [] }, [key]);
  const proof = from <= to ? tree.consistencyProof(from, to) : [];
  const body = bend(formatAddCheckpoint({ oldSize: from, proof, note }));
  const verifiers = [noteVerifier(logKey), noteVerifier(oldLogKey)];
  return decideAddCheckpoint(body, (name) =>
    name === origin ? { verifiers, known: known ?? head(honest, 5) } : undefined,
  );
}

function cosignedBy(answer: WitnessAnswer) {
  if (answer.status !== 200) throw new Error(`refused: ${answer.code}`);
  const note = withSignatures(parseNote(answer.remember.note), [cosign(answer.text, witnessKey, 1_700_000_000)]);
  const log = [noteVerifier(logKey), noteVerifier(oldLogKey)];
  return openCheckpoint(formatNote(note), { origin, log, witnesses: [cosignatureVerifier(witnessKey)] }).cosigned;
}

function pinned(): TreeHead {
  return genesisHead(leafHash(Buffer.from("record 0")));
}

function head(tree: MerkleTree, size: number): TreeHead {
  return { size, root: tree.root(size) };
}

function same(a: TreeHead, b: TreeHead): boolean {
  return a.size === b.size && Buffer.from(a.root).equals(b.root);
}

function treeOf(record: (index: number) => string): MerkleTree {
  return new MerkleTree((index) => leafHash(Buffer.from(record(index))));
}

const zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

function withLine(line: string): (body: string) => string {
  return (body) => body.replace("\n\n", `\n${line}\n\n`);
}

function withoutLine(at: number): (body: string) => string {
  return (body) =>
    body
      .split("\n")
      .filter((_, index) => index !== at)
      .join("\n");
}

function swapped(body: string): string {
  const [old, a, b, ...rest] = body.split("\n");
  return [old, b, a, ...rest].join("\n");
}
