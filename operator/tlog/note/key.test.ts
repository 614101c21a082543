import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  formatPrivateKey,
  formatPublicKey,
  parsePrivateKey,
  parsePublicKey,
  privateNoteKey,
  publicNoteKey,
} from "./key.ts";
import { NoteError } from "./note-error.ts";
import { noteVerifier } from "./verify.ts";

const { keys } = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/notes.json"), "utf8")) as {
  keys: Record<string, string>;
};
const whole = keys["peter"]!;
const secret = keys["peterPrivate"]!;
const seed = Buffer.alloc(32, 7);

describe("published keys", () => {
  test.each([
    ["peter", "PeterNeumann", 0xc74f20a3, 1],
    ["enoch", "EnochRoot", 0xaf0cfe78, 1],
    ["log", "TEST", 0x7997405c, 1],
    ["witness", "remora.n621.de", 0xda77ade7, 4],
  ] as const)("%s is read and written back", (which, name, keyId, kind) => {
    const key = parsePublicKey(keys[which]!);
    expect(key).toMatchObject({ name, keyId, kind });
    expect(formatPublicKey(key)).toBe(keys[which]);
  });

  test("the private half has the published public half", () => {
    expect(formatPublicKey(parsePrivateKey(secret))).toBe(whole);
  });
});

describe("a key", () => {
  test("of a witness has another id than the same bytes as a log's key", () => {
    expect(privateNoteKey("a", 4, seed).keyId).not.toBe(privateNoteKey("a", 1, seed).keyId);
    expect(privateNoteKey("a", 4, seed).publicKey).toEqual(privateNoteKey("a", 1, seed).publicKey);
  });

  test("is written and read back, private and public", () => {
    const key = privateNoteKey("commonhold.example/w1", 4, seed);
    expect(parsePublicKey(formatPublicKey(key))).toMatchObject({ name: key.name, keyId: key.keyId, kind: 4 });
    expect(parsePrivateKey(formatPrivateKey(key, seed)).publicKey).toEqual(key.publicKey);
  });

  test("cut anywhere is refused", () => {
    for (const [text, parse] of [
      [whole, parsePublicKey],
      [secret, parsePrivateKey],
    ] as const) {
      for (let start = 0; start < text.length; start += 3) {
        for (let end = start + 1; end <= text.length; end += 5) {
          if (start > 0 || end < text.length) expectRefusal(() => parse(text.slice(start, end)));
        }
        if (start > 0) expectRefusal(() => parse(text.slice(start)));
      }
    }
  });

  test("with any one character changed is refused", () => {
    for (const [text, parse] of [
      [whole, parsePublicKey],
      [secret, parsePrivateKey],
    ] as const) {
      for (let at = 0; at < text.length; at++) {
        const next = String.fromCharCode(text.charCodeAt(at) + 1);
        expectRefusal(() => parse(text.slice(0, at) + next + text.slice(at + 1)));
      }
    }
  });

  test.each<[string, () => unknown]>([
    ["of the wrong length, with an id that fits", () => parsePublicKey(keys["wrongLength"]!)],
    ["of an unknown kind, with an id that fits", () => parsePublicKey(keys["unknownKind"]!)],
    ["that is private where a public one belongs", () => parsePublicKey(secret)],
    ["that is public where a private one belongs", () => parsePrivateKey(whole)],
    ["of nothing", () => parsePublicKey("")],
    ["with its id in capitals", () => parsePublicKey(whole.replace("c74f20a3", "C74F20A3"))],
    ["with a space behind it", () => parsePublicKey(`${whole} `)],
    ["with a line feed behind it", () => parsePublicKey(`${whole}\n`)],
    ["with padding that does not belong", () => parsePublicKey(`${whole}=`)],
    ["without a name", () => publicNoteKey("", 1, seed)],
    ["with a plus in its name", () => publicNoteKey("a+b", 1, seed)],
    ["with a space in its name", () => publicNoteKey("a b", 1, seed)],
    ["with a space of another script in its name", () => publicNoteKey("a\u3000b", 1, seed)],
    ["with a line feed in its name", () => publicNoteKey("a\nb", 1, seed)],
    ["with half of a character in its name", () => publicNoteKey("a\ud800", 1, seed)],
    ["of 31 bytes", () => publicNoteKey("a", 1, seed.subarray(1))],
    ["made of 33 secret bytes", () => privateNoteKey("a", 1, Buffer.alloc(33))],
    ["of a witness where a log's belongs", () => noteVerifier(privateNoteKey("a", 4, seed))],
  ])("%s is refused", (_, attempt) => {
    expectRefusal(attempt);
  });

  test("that is refused does not show its secret", () => {
    const bent = secret.replace("c74f20a3", "c74f20a4");
    expect(() => parsePrivateKey(bent)).toThrow(/^(?!.*AYEKFALV).*$/);
  });
});

function expectRefusal(attempt: () => unknown): void {
  expect(attempt).toThrow(NoteError);
  expect(attempt).toThrow(expect.objectContaining({ code: "key" }));
}
