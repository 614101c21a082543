import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../../../test/any-text.ts";
import { runs } from "../../../test/runs.ts";
import { type PrivateNoteKey, parsePrivateKey, parsePublicKey } from "./key.ts";
import { NoteError, type NoteErrorCode } from "./note-error.ts";
import { noteSignature, signNote } from "./sign.ts";
import { formatNote, noteBytesMax, parseNote, withSignatures } from "./signed-note.ts";
import { noteVerifier, type Verifier, verifyNote } from "./verify.ts";

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/notes.json"), "utf8"));
const { text, keys } = vectors as { text: string; keys: Record<string, string> };
const peterLine: string = vectors.signatures.peter;
const enochLine: string = vectors.signatures.enoch;
const peter = noteVerifier(parsePublicKey(keys["peter"]!));
const enoch = noteVerifier(parsePublicKey(keys["enoch"]!));
const peterKey: PrivateNoteKey = parsePrivateKey(keys["peterPrivate"]!);
const both = `${text}\n${peterLine}${enochLine}`;

describe("a note of Go's sumdb/note", () => {
  test("is signed here to the same bytes", () => {
    expect(signNote(text, [peterKey])).toBe(`${text}\n${peterLine}`);
  });

  test("of which one key is known is verified by it, and the other signature is kept unbelieved", () => {
    const note = verifyNote(both, [peter]);
    expect(note.text).toBe(text);
    expect(note.verified.map(({ name }) => name)).toEqual(["PeterNeumann"]);
    expect(note.signatures.map(({ name }) => name)).toEqual(["PeterNeumann", "EnochRoot"]);
  });

  test("of which both keys are known is verified by both, in the order of the note", () => {
    expect(verifyNote(Buffer.from(both), [enoch, peter]).verified.map(({ name }) => name)).toEqual([
      "PeterNeumann",
      "EnochRoot",
    ]);
  });

  test("that one key signed twice counts that key once", () => {
    expect(verifyNote(`${text}\n${peterLine}${peterLine}${enochLine}`, [peter]).verified).toHaveLength(1);
  });

  test("that is known by other keys of the same name says nothing", () => {
    const other: Verifier = { ...peter, keyId: peter.keyId + 1 };
    const stranger: Verifier = { ...peter, name: "PeterNeuman" };
    expect(refusal(() => verifyNote(both, [other, stranger])).code).toBe("unverified");
  });

  test("with a key that is known twice is ambiguous only where that key signed", () => {
    expect(refusal(() => verifyNote(`${text}\n${enochLine}`, [enoch, peter, enoch])).code).toBe("ambiguous");
    expect(verifyNote(`${text}\n${peterLine}`, [enoch, peter, enoch]).verified).toHaveLength(1);
  });
});

describe("the example of C2SP signed-note", () => {
  test("is taken apart at its last empty line and put together to the same bytes", () => {
    const note = parseNote(vectors.example);
    expect(note.text).toBe(
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n",
    );
    expect(note.signatures[0]).toMatchObject({ name: "quasimodo.example/salvatore", keyId: 0x367ba04b });
    expect(formatNote(note)).toBe(vectors.example);
  });
});

describe("a signed note", () => {
  const bentPeter = `${peterLine.slice(0, 60)}ABCD${peterLine.slice(60)}`;
  const otherBits = peterLine.replace("JnAM=", "JnAN=");
  test.each<[string, string | Uint8Array, NoteErrorCode]>([
    ["without signatures", text, "malformed"],
    ["with an empty line and no signatures", `${text}\n`, "malformed"],
    ["without a line feed at its end", both.slice(0, -1), "malformed"],
    ["of nothing", "", "malformed"],
    ["of two line feeds", "\n\n", "malformed"],
    ["without the empty line", text + peterLine, "malformed"],
    ["with a control character", `\x01${both}`, "malformed"],
    ["with a tab", both.replace("cryptography", "\t"), "malformed"],
    ["with carriage returns", both.replaceAll("\n", "\r\n"), "malformed"],
    ["with a carriage return behind a signature", `${both.slice(0, -1)}\r\n`, "malformed"],
    ["that is not UTF-8", Buffer.concat([Buffer.from([0xff]), Buffer.from(both)]), "malformed"],
    ["with half of a character", `\ud800${both}`, "malformed"],
    ["with a name that has a space", `${text}\n${peterLine.replace("PeterN", "Peter N")}`, "malformed"],
    ["with a name that has a no-break space", `${text}\n${peterLine.replace("PeterN", "Peter\u00a0N")}`, "malformed"],
    ["with a name that has a plus", `${text}\n${peterLine.replace("PeterN", "Peter+N")}`, "malformed"],
    ["with an empty name", `${text}\n${peterLine.replace("PeterNeumann", "")}`, "malformed"],
    ["with a hyphen for the dash", `${text}\n${peterLine.replace("—", "-")}`, "malformed"],
    ["with two spaces", `${text}\n${peterLine.replace("— ", "—  ")}`, "malformed"],
    ["with something behind the signature", `${text}\n${peterLine.slice(0, -1)} more\n`, "malformed"],
    ["with an unexpected line", `${both}Unexpected line.\n`, "malformed"],
    ["with an unexpected line before the signatures", `${text}\nUnexpected line.\n${peterLine}`, "malformed"],
    ["with base64 for the web", `${text}\n${peterLine.replaceAll("/", "_")}`, "malformed"],
    ["with base64 without padding", `${text}\n${peterLine.replace("=", "")}`, "malformed"],
    ["with base64 of another spelling", `${text}\n${otherBits}`, "malformed"],
    ["with a signature of no bytes", `${text}\n— PeterNeumann x08gow==\n`, "malformed"],
    ["with a key id that is cut", `${text}\n— PeterNeumann x08g\n`, "malformed"],
    ["of 101 signatures", `${text}\n${peterLine.repeat(101)}`, "malformed"],
    ["of more bytes than the limit", `${"a".repeat(noteBytesMax)}\n\n${peterLine}`, "malformed"],
    ["with a signature that is longer", `${text}\n${bentPeter}`, "bad-signature"],
    ["over another text", `${text.replace("cryptography", "Cryptography")}\n${peterLine}`, "bad-signature"],
    ["over a text with an empty line more", `${text}\n\n${peterLine}`, "bad-signature"],
    ["with a good and a bad signature of one known key", `${text}\n${peterLine}${bentPeter}`, "bad-signature"],
    ["with the signature of another under a known name", `${text}\n${renamed()}`, "bad-signature"],
    ["of unknown keys only", `${text}\n${enochLine}`, "unverified"],
  ])("%s is refused", (_, note, code) => {
    expect(refusal(() => verifyNote(note, [peter])).code).toBe(code);
  });

  test("with 100 signatures is read", () => {
    expect(verifyNote(`${text}\n${enochLine.repeat(99)}${peterLine}`, [peter]).verified).toHaveLength(1);
  });

  test("is refused after any one bit of it was turned", () => {
    const note = Buffer.from(`${text}\n${peterLine}`);
    for (let bit = 0; bit < note.length * 8; bit += 3) {
      const bent = Buffer.from(note);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => verifyNote(bent, [peter])).toThrow(NoteError);
    }
  });

  test("of any noise is refused with a NoteError, and what is read is written back to the byte", () => {
    fc.assert(
      fc.property(anyText(8), fc.nat({ max: both.length }), (noise, at) => {
        const note = both.slice(0, at) + noise + both.slice(at);
        try {
          expect(formatNote(parseNote(note))).toBe(note);
        } catch (error) {
          expect(error).toBeInstanceOf(NoteError);
        }
      }),
      runs(200),
    );
  });

  function renamed(): string {
    const [, enochSigned] = parseNote(both).signatures;
    const lines = formatNote({ text, signatures: [{ ...enochSigned!, name: peter.name, keyId: peter.keyId }] });
    return lines.slice(text.length + 1);
  }
});

describe("writing a note", () => {
  test("signed again by the same key does not grow", () => {
    const signed = parseNote(both);
    const again = withSignatures(signed, [noteSignature(text, peterKey)]);
    expect(again.signatures.map(({ name }) => name)).toEqual(["EnochRoot", "PeterNeumann"]);
    expect(verifyNote(formatNote(again), [peter, enoch]).verified).toHaveLength(2);
  });

  test.each<[string, string, NoteErrorCode]>([
    ["without a line feed at its end", "abc", "malformed"],
    ["of nothing", "", "malformed"],
    ["with a control character", "a\x00\n", "malformed"],
    ["with half of a character", "\udc00\n", "malformed"],
    ["of more bytes than can be read", `${"a".repeat(noteBytesMax)}\n`, "malformed"],
  ])("a text %s is refused", (_, unsignable, code) => {
    expect(refusal(() => signNote(unsignable, [peterKey])).code).toBe(code);
  });

  test.each<[string, () => unknown, NoteErrorCode]>([
    ["without a signature", () => signNote(text, []), "malformed"],
    ["with a key whose name has a space", () => signNote(text, [{ ...peterKey, name: "Peter N" }]), "key"],
    ["with the key of a witness", () => signNote(text, [{ ...peterKey, kind: 4 }]), "key"],
  ])("%s is refused", (_, attempt, code) => {
    expect(refusal(attempt).code).toBe(code);
  });
});

function refusal(attempt: () => unknown): NoteError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof NoteError) return error;
    throw error;
  }
  throw new Error("a note that says nothing was believed");
}
