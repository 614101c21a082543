import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GitError } from "../repository.ts";
import { objectFormat } from "./format.ts";
import { type FolderEntry, formatTree, parseTree, pathText } from "./tree.ts";

const sha1 = objectFormat("sha1")!;
const [oid, a, b] = ["0", "a", "b"].map((digit) => digit.repeat(40)) as [string, string, string];
const raw = (...entries: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(entries.flatMap(([head, id]) => [Buffer.from(`${head}\0`, "latin1"), Buffer.from(id, "hex")]));
const parse = (bytes: Buffer) => parseTree(oid, bytes, sha1);

describe("a folder", () => {
  test.each<[string, Buffer, FolderEntry[]]>([
    ["of nothing", Buffer.alloc(0), []],
    ["of one file", raw(["100644 a", a]), [{ mode: "100644", name: "a", oid: a }]],
    ["with a mode of six digits, as others write it", raw(["040000 a", a]), [{ mode: "40000", name: "a", oid: a }]],
    ["with a name of any bytes", raw(["100644 \x01 \xff", a]), [{ mode: "100644", name: "\x01 \xff", oid: a }]],
    [
      "in git's order, where folders end with a slash",
      raw(["100644 a-", a], ["40000 a", b], ["100644 a0", a]),
      [
        { mode: "100644", name: "a-", oid: a },
        { mode: "40000", name: "a", oid: b },
        { mode: "100644", name: "a0", oid: a },
      ],
    ],
    [
      "of every kind",
      raw(["100755 x", a], ["120000 y", a], ["160000 z", a]),
      [
        { mode: "100755", name: "x", oid: a },
        { mode: "120000", name: "y", oid: a },
        { mode: "160000", name: "z", oid: a },
      ],
    ],
  ])("%s is read", (_, bytes, entries) => {
    expect(parse(bytes)).toEqual(entries);
  });
  test.each<[string, Buffer]>([
    ["that is cut off in a hash", raw(["100644 a", a]).subarray(0, -1)],
    ["that is cut off in a name", Buffer.from("100644 a")],
    ["that is cut off in a mode", Buffer.from("100644")],
    ["with a byte behind it", Buffer.concat([raw(["100644 a", a]), Buffer.alloc(1)])],
    ["with an entry without a name", raw(["100644 ", a])],
    ["with a slash in a name", raw(["100644 a/b", a])],
    ["with a file twice", raw(["100644 a", a], ["100644 a", b])],
    ["with a file and a folder of one name", raw(["100644 a", a], ["40000 a", b])],
    ["with a file and a folder of one name and one between", raw(["100644 a", a], ["100644 a.b", a], ["40000 a", b])],
    ["out of order", raw(["100644 b", a], ["100644 a", b])],
    ["in the order of names without the slash", raw(["40000 a", a], ["100644 a-", b])],
    ["with a mode of letters", raw(["abc a", a])],
    ["without a mode", raw([" a", a])],
    ["with a mode that is none", raw(["100944 a", a])],
    ["with a socket", raw(["140000 a", a])],
  ])("%s is refused", (_, bytes) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
  test("of any bytes is refused, or read and written back the same", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("100644 a", "40000 a", "100644 b", "40000 a.b", "x"), fc.constantFrom(a, b))),
        (entries) => {
          try {
            expect(formatTree(parse(raw(...entries)))).toEqual(raw(...entries));
          } catch (error) {
            expect(error).toBeInstanceOf(GitError);
          }
        },
      ),
    );
  });
});

describe("the text of a path", () => {
  const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
  test.each(["a/b.yaml", "Grüße/模型.yaml", "\ufeffbegins with a mark", " ", "a\nb", "🌍"])(
    "is what it was: %j",
    (text) => {
      expect(pathText(latin1(text))).toBe(text);
    },
  );
  test.each<[string, string, string]>([
    ["Latin-1", "models/gr\xfc\xdfe", "models/gr\\xfc\\xdfe"],
    ["half of a character", latin1("a/ü").slice(0, -1), "a/\\xc3"],
    ["a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"],
    ["a slash in two bytes", "a\xc0\xafb", "a\\xc0\\xafb"],
    ["an escape for the terminal beside it", "\x1b[31m\xff", "\\x1b[31m\\xff"],
  ])("is none for %s, and the error names it", (_, bytes, shown) => {
    expect(() => pathText(bytes)).toThrow(
      expect.objectContaining({ code: "path", message: expect.stringContaining(`"${shown}"`) }),
    );
  });
});
