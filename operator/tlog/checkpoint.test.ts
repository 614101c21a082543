import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Checkpoint, formatCheckpoint, parseCheckpoint, parseSize } from "./checkpoint.ts";
import { cosign, cosignatureTime, cosignatureVerifier } from "./cosignature.ts";
import { emptyRoot } from "./merkle/hash.ts";
import { toBase64 } from "./note/base64.ts";
import { parsePrivateKey, parsePublicKey, privateNoteKey } from "./note/key.ts";
import { NoteError, type NoteErrorCode } from "./note/note-error.ts";
import { formatNote, parseNote, parseSignatureLine, withSignatures } from "./note/signed-note.ts";
import { noteVerifier } from "./note/verify.ts";
import { openCheckpoint, signCheckpoint } from "./signed-checkpoint.ts";

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors/notes.json"), "utf8"));
const origin = "commonhold.example/log";
const root = Buffer.from("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", "hex");
const checkpoint: Checkpoint = { origin, size: 8, root, extensions: [] };
const logKey = parsePrivateKey(vectors.keys.peterPrivate);
const witnessKey = privateNoteKey("witness.example/w1", 4, Buffer.from(vectors.witnessSeed, "hex"));
const trust = { origin, log: [noteVerifier(logKey)], witnesses: [cosignatureVerifier(witnessKey)] };
const plain: { note: string; time: number } = vectors.checkpoints.plain;
const extended: { note: string; time: number } = vectors.checkpoints.extended;

describe("the checkpoint that Go's packages signed and cosigned", () => {
  test.each([
    ["without extensions", plain, []],
    ["with an extension line", extended, ["an extension line"]],
  ])("%s is opened, with the witness and its time", (_, { note, time }, extensions) => {
    const opened = openCheckpoint(note, trust);
    expect(opened.checkpoint).toEqual({ ...checkpoint, extensions });
    expect(opened.cosigned).toEqual([{ name: witnessKey.name, keyId: witnessKey.keyId, time }]);
  });

  test.each([
    ["without extensions", plain, []],
    ["with an extension line", extended, ["an extension line"]],
  ])("%s is signed and cosigned here to the same bytes", (_, { note, time }, extensions) => {
    const signed = parseNote(signCheckpoint({ ...checkpoint, extensions }, [logKey]));
    expect(formatNote(withSignatures(signed, [cosign(signed.text, witnessKey, time)]))).toBe(note);
  });

  test("has the id that Go computes for a witness's key", () => {
    expect(witnessKey.keyId.toString(16)).toBe(vectors.witnessKeyId);
  });

  test("is refused after any one bit of it was turned", () => {
    const note = Buffer.from(plain.note);
    for (let bit = 0; bit < note.length * 8; bit += 5) {
      const bent = Buffer.from(note);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      // A bit of a name or an id makes the key an unknown one: then one of the two is missing, and that is seen.
      const cosigned = tried(() => openCheckpoint(bent, trust).cosigned.length);
      expect(cosigned).not.toBe(1);
    }
  });
});

describe("the text of a checkpoint", () => {
  const good = formatCheckpoint(checkpoint);
  const rootText = toBase64(root);

  test("is read and written back", () => {
    expect(good).toBe(`${origin}\n8\n${rootText}\n`);
    expect(parseCheckpoint(good)).toEqual(checkpoint);
    const empty = { origin, size: 0, root: emptyRoot, extensions: [] };
    expect(parseCheckpoint(formatCheckpoint(empty))).toEqual({ ...empty, root: Buffer.from(emptyRoot) });
  });

  test.each([
    ["of nothing", ""],
    ["of a line feed", "\n"],
    ["of two lines", `${origin}\n8\n`],
    ["without an origin", `\n8\n${rootText}\n`],
    ["without a size", `${origin}\n\n${rootText}\n`],
    ["without a line feed at its end", good.slice(0, -1)],
    ["with an empty line behind it", `${good}\n`],
    ["with an empty line before an extension", `${good}\nmore\n`],
    ["with an empty line before it", `\n${good}`],
    ["with a size in hexadecimal", `${origin}\n0x8\n${rootText}\n`],
    ["with a size that has zeros before it", `${origin}\n08\n${rootText}\n`],
    ["with a size of two zeros", `${origin}\n00\n${toBase64(emptyRoot)}\n`],
    ["with a size that has a sign", `${origin}\n+8\n${rootText}\n`],
    ["with a size below zero", `${origin}\n-8\n${rootText}\n`],
    ["with a size that has a space", `${origin}\n 8\n${rootText}\n`],
    ["with a size that has a point", `${origin}\n8.0\n${rootText}\n`],
    ["with a size that has an exponent", `${origin}\n8e3\n${rootText}\n`],
    ["with a size in other digits", `${origin}\n٨\n${rootText}\n`],
    ["with a size that is a word", `${origin}\nbananas\n${rootText}\n`],
    ["with a size beyond what is counted", `${origin}\n9007199254740992\n${rootText}\n`],
    ["with a size far beyond that", `${origin}\n3438945738945739845734895735\n${rootText}\n`],
    ["with a root of 31 bytes", `${origin}\n8\n${toBase64(root.subarray(1))}\n`],
    ["with a root of 33 bytes", `${origin}\n8\n${toBase64(Buffer.concat([root, Buffer.of(1)]))}\n`],
    ["with a root that is no base64", `${origin}\n8\nThisIsn'tBase64\n`],
    ["with a root without padding", `${origin}\n8\n${rootText.replace("=", "")}\n`],
    ["with a root for the web", `${origin}\n8\n${Buffer.from(root).toString("base64url")}=\n`],
    ["with a root of another spelling", `${origin}\n8\n${rootText.replace("g=", "h=")}\n`],
    ["with a space behind the root", `${origin}\n8\n${rootText} \n`],
    ["of no records with the root of some", `${origin}\n0\n${rootText}\n`],
  ])("%s is refused", (_, text) => {
    expect(refusal(() => parseCheckpoint(text)).code).toBe("malformed");
  });

  test.each<[string, Partial<Checkpoint>]>([
    ["an empty origin", { origin: "" }],
    ["a line feed in the origin", { origin: "a\nb" }],
    ["half a record", { size: 0.5 }],
    ["a size below zero", { size: -1 }],
    ["a size of 1e21", { size: 1e21 }],
    ["a root that is cut", { root: root.subarray(1) }],
    ["the root of some for none", { size: 0 }],
    ["an empty extension", { extensions: [""] }],
    ["a line feed in an extension", { extensions: ["a\nb"] }],
  ])("%s is not written", (_, part) => {
    expect(refusal(() => formatCheckpoint({ ...checkpoint, ...part })).code).toBe("malformed");
  });

  test.each(["", " 7", "7 ", "0x10", "1e3", "01", "-0", "1_000", "Infinity", "9007199254740992"])(
    "%j is no size",
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );
});

describe("a signed checkpoint", () => {
  const signed = signCheckpoint(checkpoint, [logKey]);
  const { text } = parseNote(signed);
  const other = parsePublicKey(vectors.keys.enoch);
  const witnessedOnly = formatNote({ text, signatures: [cosign(text, witnessKey, 1)] });

  test.each<[string, string, typeof trust, NoteErrorCode]>([
    ["that only witnesses signed", witnessedOnly, trust, "unverified"],
    ["of another key", signed, { ...trust, log: [noteVerifier(other)] }, "unverified"],
    ["of another log", signed, { ...trust, origin: "commonhold.example/other" }, "origin"],
    ["of an origin that begins alike", signed, { ...trust, origin: `${origin}/` }, "origin"],
    ["that is not about a log", `${vectors.text}\n${vectors.signatures.peter}`, trust, "malformed"],
    ["whose cosignature is of another time", retimed(), trust, "bad-signature"],
    ["whose cosignature is of another checkpoint", transplanted(), trust, "bad-signature"],
    ["whose cosignature is cut", cut(), trust, "bad-signature"],
  ])("%s is refused", (_, note, trusted, code) => {
    expect(refusal(() => openCheckpoint(note, trusted)).code).toBe(code);
  });

  test("counts a witness once, with its first time, however often it signed", () => {
    const signatures = [3, 5].map((time) => cosign(text, witnessKey, time));
    const note = formatNote({ text, signatures: [...parseNote(signed).signatures, ...signatures] });
    expect(openCheckpoint(note, trust).cosigned.map(({ time }) => time)).toEqual([3]);
  });

  test("does not take a log's signature for a cosignature, nor the other way round", () => {
    const asLog = { ...trust, witnesses: [] };
    expect(openCheckpoint(plain.note, asLog).cosigned).toEqual([]);
    const seed = Buffer.alloc(32, 9);
    const [log, witness] = [privateNoteKey("both", 1, seed), privateNoteKey("both", 4, seed)];
    const byLog = signCheckpoint(checkpoint, [log]);
    const trusted = { origin, log: [noteVerifier(log)], witnesses: [cosignatureVerifier(witness)] };
    expect(openCheckpoint(byLog, trusted).cosigned).toEqual([]);
  });

  test.each<[string, () => unknown]>([
    ["a text that is no checkpoint", () => cosign("hello\n", witnessKey, 1)],
    ["a checkpoint with a log's key", () => cosign(text, logKey, 1)],
    ["a cosignature with a log's key", () => cosignatureVerifier(logKey)],
  ])("%s is not cosigned or verified", (_, attempt) => {
    expect(attempt).toThrow(NoteError);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])("the time %d is refused", (time) => {
    expect(() => cosign(text, witnessKey, time)).toThrow(RangeError);
  });

  test("the time of a published cosignature is read, of anything else none is", () => {
    const { line, time } = vectors.signatures.timed;
    expect(cosignatureTime(parseSignatureLine(line).signature)).toBe(time);
    expect(cosignatureTime(parseSignatureLine(vectors.signatures.untimed).signature)).toBeUndefined();
    expect(cosignatureTime(new Uint8Array(0))).toBeUndefined();
    expect(cosignatureTime(Buffer.alloc(72, 0xff))).toBeUndefined();
  });

  function retimed(): string {
    const cosignature = cosign(text, witnessKey, 5);
    const signature = Buffer.from(cosignature.signature);
    signature[7] = 6;
    return formatNote(withSignatures(parseNote(signed), [{ ...cosignature, signature }]));
  }

  function transplanted(): string {
    const elsewhere = formatCheckpoint({ ...checkpoint, size: 9 });
    return formatNote(withSignatures(parseNote(signed), [cosign(elsewhere, witnessKey, 5)]));
  }

  function cut(): string {
    const cosignature = cosign(text, witnessKey, 5);
    const signature = cosignature.signature.subarray(0, 71);
    return formatNote(withSignatures(parseNote(signed), [{ ...cosignature, signature }]));
  }
});

function refusal(attempt: () => unknown): NoteError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof NoteError) return error;
    throw error;
  }
  throw new Error("a checkpoint that says nothing was believed");
}

function tried(attempt: () => number): number | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}
