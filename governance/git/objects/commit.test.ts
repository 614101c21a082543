import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gitLimits } from "../limits.ts";
import { GitError } from "../repository.ts";
import { formatCommit, parseCommit, signedCommit } from "./commit.ts";
import { objectFormat } from "./format.ts";

const sha1 = objectFormat("sha1")!;
const [oid, tree, parent] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];
const person = "Grüße <a@b.invalid> 1700000000 +0100";
const plain = [`tree ${tree}`, `parent ${parent}`, `author ${person}`, `committer ${person}`];
const parse = (lines: readonly string[], format = sha1) => parseCommit(oid, Buffer.from(lines.join("\n")), format);

describe("a commit", () => {
  test("is read whole", () => {
    expect(parse([...plain, "", "subject", "", "body", ""])).toEqual({
      oid,
      tree,
      parents: [parent],
      message: "subject\n\nbody",
      committedAt: 1_700_000_000_000,
    });
  });
  test.each<[string, readonly string[], object]>([
    ["without parents", [plain[0]!, ...plain.slice(2), "", "x"], { parents: [] }],
    [
      "with three parents",
      [...plain.slice(0, 2), ...Array(2).fill(plain[1]), ...plain.slice(2), "", "x"],
      { parents: [parent, parent, parent] },
    ],
    ["with an empty message", [...plain, "", ""], { message: "" }],
    ["without a message", [...plain, ""], { message: "" }],
    ["whose message is an empty line", [...plain, "", "", ""], { message: "" }],
    [
      "whose message looks like headers",
      [...plain, "", "tree x", "parent y"],
      { message: "tree x\nparent y", parents: [parent] },
    ],
    ["with an encoding", [...plain, "encoding ISO-8859-1", "", "x"], { message: "x" }],
    ["with a header of somebody else", [...plain, "HG:rename a", "", "x"], { message: "x" }],
    [
      "with a merged tag in it",
      [...plain, "mergetag object x", " type commit", " ", " -----BEGIN SSH SIGNATURE-----", "", "x"],
      { message: "x" },
    ],
    ["of the year 1970", [...plain.slice(0, 3), "committer x <> 0 +0000", "", "x"], { committedAt: 0 }],
  ])("%s is read", (_, lines, expected) => {
    expect(parse(lines)).toMatchObject(expected);
    expect(parse(lines)).not.toHaveProperty("signature");
  });
  test.each<[string, readonly string[]]>([
    ["of nothing", []],
    ["of a line feed", ["", ""]],
    ["without a tree", [...plain.slice(1), "", "x"]],
    ["whose tree is cut off", [plain[0]!.slice(0, -1), ...plain.slice(1), "", "x"]],
    ["whose tree has capitals", [plain[0]!.toUpperCase(), ...plain.slice(1), "", "x"]],
    ["whose parent is a word", [plain[0]!, "parent HEAD", ...plain.slice(2), "", "x"]],
    ["whose parent stands behind its author", [plain[0]!, plain[2]!, plain[1]!, plain[3]!, "", "x"]],
    ["with a parent behind its committer", [...plain, plain[1]!, "", "x"]],
    ["with two trees", [plain[0]!, ...plain, "", "x"]],
    ["with two trees, the second one last", [...plain, plain[0]!, "", "x"]],
    ["with two committers", [...plain, plain[3]!, "", "x"]],
    ["without a committer", [...plain.slice(0, 3), "", "x"]],
    ["whose committer has no time", [...plain.slice(0, 3), "committer A <a@b>", "", "x"]],
    ["whose committer has a time in words", [...plain.slice(0, 3), "committer A <a@b> now +0000", "", "x"]],
    ["whose committer has a negative time", [...plain.slice(0, 3), "committer A <a@b> -1 +0000", "", "x"]],
    ["whose committer lives for ever", [...plain.slice(0, 3), `committer A <a@b> ${"9".repeat(20)} +0000`, "", "x"]],
    ["that is cut off in a header", [...plain.slice(0, 3), "committer A"]],
    ["with a header without a value", [...plain, "gpgsig", "", "x"]],
    ["of another format", [plain[0]!.padEnd(69, "b"), ...plain.slice(1), "", "x"]],
  ])("%s is refused", (_, lines) => {
    expect(() => parse(lines)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
  test("of any bytes is refused, or read, and throws nothing else", () => {
    const line = fc.constantFrom(...plain, "", "gpgsig x", " more", "gpgsig-sha256 y", "\0", "encoding x");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join("\n"))),
          fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          try {
            parseCommit(oid, bytes, sha1);
          } catch (error) {
            expect(error).toBeInstanceOf(GitError);
          }
        },
      ),
    );
  });
  test("with a message that is too long is cut, not refused", () => {
    const { message } = parse([...plain, "", "x".repeat(gitLimits.messageBytesMax + 1)]);
    expect(message).toHaveLength(gitLimits.messageBytesMax);
  });
});

describe("the signature of a commit", () => {
  const signature = ["gpgsig -----BEGIN SSH SIGNATURE-----", " AAAA", " -----END SSH SIGNATURE-----"];
  const other = ["gpgsig-sha256 -----BEGIN SSH SIGNATURE-----", " BBBB", " -----END SSH SIGNATURE-----"];
  const payload = [...plain, "", "x"].join("\n");

  test("is taken out, and what is left is what was signed", () => {
    const commit = parse([...plain, ...signature, "", "x"]);
    expect(commit.signature?.armored).toBe("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n");
    expect(Buffer.from(commit.signature!.payload).toString()).toBe(payload);
  });
  test("does not sign the one for the other kind of hashes, nor does that one sign it", () => {
    const commit = parse([...plain, ...other, ...signature, "", "x"]);
    expect(commit.signature?.armored).toContain("AAAA");
    expect(Buffer.from(commit.signature!.payload).toString()).toBe(payload);
  });
  test("signs headers before and behind it", () => {
    const commit = parse([...plain, "encoding x", ...signature, "other y", "", "x"]);
    expect(Buffer.from(commit.signature!.payload).toString()).toBe(
      [...plain, "encoding x", "other y", "", "x"].join("\n"),
    );
  });
  test.each<[string, readonly string[]]>([
    ["two", [...signature, ...signature]],
    ["one for the other kind of hashes only", other],
    ["one in its message only", ["", ...signature]],
  ])("is none where there is %s", (_, lines) => {
    expect(parse([...plain, ...lines, "", "x"]).signature).toBeUndefined();
  });
});

describe("a new commit", () => {
  const made = { tree, parents: [parent], message: "subject\n\nbody", at: 1_700_000_000_999 };
  test("is read back as it was given, signed or not", () => {
    const text = fc.string({ unit: "grapheme" }).filter((any) => !/\0|\p{Cs}/u.test(any));
    fc.assert(
      fc.property(
        text,
        fc.array(fc.constant(parent), { maxLength: 4 }),
        fc.nat(),
        fc.boolean(),
        (message, parents, seconds, isSigned) => {
          const bytes = formatCommit({ tree, parents, message, at: seconds * 1000 });
          const armored = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";
          const commit = parseCommit(oid, isSigned ? signedCommit(bytes, armored, sha1) : bytes, sha1);
          expect(commit).toMatchObject({
            tree,
            parents,
            message: message.replace(/\n$/, ""),
            committedAt: seconds * 1000,
          });
          if (isSigned) expect(commit.signature).toEqual({ armored, payload: bytes });
        },
      ),
    );
  });
  test("names nobody unless it is told to", () => {
    expect(formatCommit(made).toString()).toContain(
      "author commonhold <governance@commonhold.invalid> 1700000000 +0000\n",
    );
    expect(formatCommit({ ...made, author: "A B <a@b>" }).toString()).toContain(
      "committer A B <a@b> 1700000000 +0000\n",
    );
  });
  test.each<[string, object]>([
    ["a NUL in its message", { message: "a\0b" }],
    ["half of a character in its message", { message: "a\ud800" }],
    ["an author without a mail", { author: "somebody" }],
    ["an author of two lines", { author: "a\ntree x <a@b>" }],
    ["an author with another mail in the name", { author: "a <x@y> <a@b>" }],
    ["a time before 1970", { at: -1 }],
    ["a time that is none", { at: Number.NaN }],
    ["a time after the year 9999", { at: 1e15 }],
  ])("with %s is refused", (_, change) => {
    expect(() => formatCommit({ ...made, ...change })).toThrow(GitError);
  });
});
