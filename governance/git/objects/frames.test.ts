import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Answer, FrameError, FrameReader, type Question } from "./frames.ts";

const oid = "0123456789abcdef0123456789abcdef01234567";
const info: Question = { verb: "info", name: oid, bytesMax: 0 };
const contents: Question = { verb: "contents", name: oid, bytesMax: 100 };

function read(text: string | Buffer, ...questions: readonly Question[]): (Answer | undefined)[] {
  const reader = new FrameReader();
  reader.push(Buffer.from(text));
  return questions.map((question) => reader.next(question));
}

describe("an answer", () => {
  test.each<[string, string, Question, Answer | undefined]>([
    ["about an object", `${oid} blob 12\n`, info, { head: { oid, type: "blob", size: 12 } }],
    [
      "about a revision",
      `${oid} commit 200\n`,
      { ...info, name: "main" },
      { head: { oid, type: "commit", size: 200 } },
    ],
    ["that there is none", `${oid} missing\n`, info, "missing"],
    ["that there is none by a name with spaces", "a b missing\n", { ...info, name: "a b" }, "missing"],
    ["that several begin so", "0123 ambiguous\n", { ...info, name: "0123" }, "missing"],
    [
      "with the bytes",
      `${oid} blob 3\na\nb\n`,
      contents,
      { head: { oid, type: "blob", size: 3 }, bytes: Buffer.from("a\nb") },
    ],
    ["with no bytes", `${oid} blob 0\n\n`, contents, { head: { oid, type: "blob", size: 0 }, bytes: Buffer.alloc(0) }],
    ["that has not come whole", `${oid} blob 3\na\nb`, contents, undefined],
    ["of which nothing has come", "", info, undefined],
    ["of which half a line has come", oid, info, undefined],
  ])("%s is read", (_, text, question, answer) => {
    expect(read(text, question)).toEqual([answer]);
  });
  test.each<[string, string, Question]>([
    ["about another missing object", "f missing\n", info],
    ["with a type that is none", `${oid} submodule 3\n`, info],
    ["with a size that is none", `${oid} blob 0x3\n`, info],
    ["with a negative size", `${oid} blob -3\n`, info],
    ["with half of a name", `${oid.slice(1)} blob 3\n`, info],
    ["with capitals", `${oid.toUpperCase()} blob 3\n`, info],
    ["with more bytes than were asked for", `${oid} blob 101\n`, contents],
    ["whose bytes do not end where they should", `${oid} blob 3\nabcd`, contents],
    ["that is an empty line", "\n", info],
    ["that never ends its line", "x".repeat(9000), info],
  ])("%s is refused", (_, text, question) => {
    expect(() => read(text, question)).toThrow(FrameError);
  });
});

test("answers are the same however the stream is cut", () => {
  const answers = [Buffer.from("one"), Buffer.alloc(0), Buffer.from("a\n\nmissing\n"), Buffer.alloc(90, 7)];
  const parts = answers.map((bytes) => [Buffer.from(`${oid} blob ${bytes.length}\n`), bytes, Buffer.from("\n")]);
  const stream = Buffer.concat([...parts.flat(), Buffer.from(`${oid} missing\n`)]);
  const place = fc.nat({ max: stream.length });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 12 }), (cuts) => {
      const reader = new FrameReader();
      const read: unknown[] = [];
      let at = 0;
      for (const end of [...cuts.sort((a, b) => a - b), stream.length]) {
        reader.push(stream.subarray(at, end));
        at = end;
        for (let next = reader.next(contents); next !== undefined; next = reader.next(contents)) {
          read.push(next === "missing" ? next : next.bytes);
        }
      }
      expect(read).toEqual([...answers, "missing"]);
      expect(reader.pending).toBe(0);
    }),
  );
});
