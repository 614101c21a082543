import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GitError } from "../repository.ts";
import { objectFormat } from "./format.ts";
import { formatTag, parseTag } from "./tag.ts";

const sha1 = objectFormat("sha1")!;
const [oid, object] = ["a", "b"].map((digit) => digit.repeat(40)) as [string, string];
const plain = [`object ${object}`, "type commit", "tag v1", "tagger A <a@b> 1700000000 +0000"];
const signature = ["-----BEGIN SSH SIGNATURE-----", "AAAA", "-----END SSH SIGNATURE-----", ""];
const parse = (lines: readonly string[]) => parseTag(oid, Buffer.from(lines.join("\n")), sha1);
const signer = { publicKey: "", sign: async () => "" };

describe("a tag", () => {
  test("is read whole", () => {
    expect(parse([...plain, "", "message", ""])).toEqual({
      oid,
      object,
      objectType: "commit",
      name: "v1",
      message: "message",
    });
  });
  test("is read with its signature, which is over all before it", () => {
    const tag = parse([...plain, "", "message", ...signature]);
    expect(tag.message).toBe("message");
    expect(tag.signature?.armored).toBe(signature.join("\n"));
    expect(Buffer.from(tag.signature!.payload).toString()).toBe([...plain, "", "message", ""].join("\n"));
  });
  test("is signed by the last signature in it, as for git", () => {
    const tag = parse([...plain, "", "message", ...signature.slice(0, 3), "more", ...signature]);
    expect(tag.signature?.armored).toBe(signature.join("\n"));
    expect(tag.message).toContain("more");
  });
  test.each<[string, readonly string[], object]>([
    ["of old, without a tagger", [...plain.slice(0, 3), "", "x"], { message: "x" }],
    ["without a message", [...plain, "", ""], { message: "" }],
    ["of a tree", [plain[0]!, "type tree", ...plain.slice(2), "", "x"], { objectType: "tree" }],
    ["whose name has spaces", [...plain.slice(0, 2), "tag a b", plain[3]!, "", "x"], { name: "a b" }],
    [
      "signed by PGP",
      [...plain, "", "x", "-----BEGIN PGP SIGNATURE-----", "", "y"],
      { message: "x", signature: { armored: expect.stringMatching(/^-----BEGIN PGP/) } },
    ],
  ])("%s is read", (_, lines, expected) => {
    expect(parse(lines)).toMatchObject(expected);
  });
  test.each<[string, readonly string[]]>([
    ["a header that nobody knows", ["other x"]],
    ["a signature in a header", ["gpgsig-sha256 -----BEGIN SSH SIGNATURE-----", " AAAA"]],
    ["two taggers", [plain[3]!]],
  ])("with %s is not taken as signed", (_, more) => {
    expect(parse([...plain, ...more, "", "x", ...signature]).signature).toBeUndefined();
  });
  test.each<[string, readonly string[]]>([
    ["of nothing", []],
    ["without an object", [...plain.slice(1), "", "x"]],
    ["whose object is a word", ["object HEAD", ...plain.slice(1), "", "x"]],
    ["without a type", [plain[0]!, ...plain.slice(2), "", "x"]],
    ["of a type that is none", [plain[0]!, "type note", ...plain.slice(2), "", "x"]],
    ["without a name", [...plain.slice(0, 2), plain[3]!, "", "x"]],
    ["with its headers exchanged", [plain[1]!, plain[0]!, ...plain.slice(2), "", "x"]],
    ["whose name has two lines", [...plain.slice(0, 2), "tag a", " b", plain[3]!, "", "x"]],
  ])("%s is refused", (_, lines) => {
    expect(() => parse(lines)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
  test("of any bytes is refused, or read, and throws nothing else", () => {
    const line = fc.constantFrom(...plain, ...signature, " more", "\0", "gpgsig x");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        try {
          parse(lines);
        } catch (error) {
          expect(error).toBeInstanceOf(GitError);
        }
      }),
    );
  });
});

describe("a new tag", () => {
  const made = { object, name: "commonhold-ballot", message: "{}", at: 0, signer };
  test("is read back as it was given", () => {
    const text = fc.string({ unit: "grapheme" }).filter((any) => !/\0|\p{Cs}|-----BEGIN/u.test(any));
    fc.assert(
      fc.property(text, (message) => {
        const bytes = Buffer.concat([formatTag({ ...made, message }, "commit"), Buffer.from(signature.join("\n"))]);
        const tag = parseTag(oid, bytes, sha1);
        expect(tag).toMatchObject({
          object,
          objectType: "commit",
          name: made.name,
          message: message.replace(/\n$/, ""),
        });
        expect(tag.signature?.armored).toBe(signature.join("\n"));
      }),
    );
  });
  test.each<[string, object]>([
    ["a name with a space", { name: "a b" }],
    ["a name with a line feed", { name: "a\nb" }],
    ["a name that begins with a hyphen", { name: "-d" }],
    ["a name that leaves its folder", { name: "a..b" }],
    ["a name that ends with .lock", { name: "a.lock" }],
    ["no name", { name: "" }],
    ["a NUL in its message", { message: "\0" }],
    ["a signature in its message", { message: `x\n${signature.join("\n")}` }],
    ["a signature as its message", { message: "-----BEGIN PGP SIGNATURE-----" }],
    ["a tagger of two lines", { tagger: "a\nb <a@b>" }],
  ])("with %s is refused", (_, change) => {
    expect(() => formatTag({ ...made, ...change }, "commit")).toThrow(GitError);
  });
});
