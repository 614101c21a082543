import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Glob, matchGlob, parseGlob } from "./glob.ts";
import { pathProblem } from "./path-problem.ts";

function glob(text: string): Glob {
  const parsed = parseGlob(text);
  return "wrong" in parsed ? expect.fail(`${text} ${parsed.wrong}`) : parsed;
}

describe("a pattern matches", () => {
  test.each([
    ["a name itself", "constitution.yaml", "constitution.yaml"],
    ["anything within one name", "models/*.yaml", "models/chat.yaml"],
    ["nothing for a star", "models/chat*.yaml", "models/chat.yaml"],
    ["several stars", "a*b*c", "axxbbyc"],
    ["stars that have to come back", "*ab", "aab"],
    ["everything below a folder", "docs/**", "docs/a/b/c.md"],
    ["any number of folders between", "**/chat.yaml", "models/eu/chat.yaml"],
    ["no folder between", "**/chat.yaml", "chat.yaml"],
    ["folders in the middle", "a/**/z", "a/b/c/z"],
    ["capitals, because a class must not be left by one", "models/*.yaml", "Models/Chat.YAML"],
    ["full-width letters, for the same reason", "models/*.yaml", "ｍodels/chat.yaml"],
    ["a ligature, for the same reason", "config/file.yaml", "conﬁg/ﬁle.yaml"],
    ["a Kelvin sign, for the same reason", "keys/*", "\u212aeys/a"],
  ])("%s", (_, pattern, path) => {
    expect(matchGlob(glob(pattern), path)).toEqual({});
  });

  test.each([
    ["another name", "constitution.yaml", "constitution.yml"],
    ["a folder in between", "models/*.yaml", "models/eu/chat.yaml"],
    ["the folder itself", "docs/**", "docs"],
    ["a name that only begins so", "docs/**", "docs2/a"],
    ["a star against too little", "a*b*c", "abb"],
    ["more at the end", "models/*.yaml", "models/chat.yaml.bak"],
    ["an empty machine", "hosts/{machine}.yaml", "hosts/.yaml"],
    ["fewer folders than the pattern has", "a/**/z", "a"],
    ["one name for both ends", "a/**/a", "a"],
  ])("not %s", (_, pattern, path) => {
    expect(matchGlob(glob(pattern), path)).toBeUndefined();
  });

  test("and says which machine it is, as written", () => {
    expect(matchGlob(glob("hosts/{machine}.yaml"), "hosts/lab-3.yaml")).toEqual({ machine: "lab-3" });
    expect(matchGlob(glob("**/{machine}/host.yaml"), "a/b/Lab/host.yaml")).toEqual({ machine: "Lab" });
  });

  test("hostile names and patterns cost no more than their lengths", () => {
    expect(matchGlob(glob(`${"*a".repeat(100)}b`), "a".repeat(500))).toBeUndefined();
  });
});

describe("a pattern is refused", () => {
  test.each([
    ["with an empty name", "models//a", "two in a row"],
    ["with a slash in front", "/models/a", "begins or ends with a slash"],
    ["with ..", "models/../a", "has . or .. in it"],
    ["with ** beside letters", "models/**.yaml", "** stands alone"],
    ["with ** twice", "**/a/**", "more than once"],
    ["with a sign of other languages", "models/[ab].yaml", "a sign without meaning"],
    ["that excludes", "!models/a.yaml", "a sign without meaning"],
    ["with another placeholder", "hosts/{owner}.yaml", "may hold {machine} once"],
    ["with two machines", "hosts/{machine}/{machine}.yaml", "may hold {machine} once"],
    ["with a star beside the machine", "hosts/*{machine}.yaml", "no *"],
    ["that is endless", "a".repeat(300), "256 are the most"],
  ])("%s", (_, text, words) => {
    expect(parseGlob(text)).toEqual({ wrong: expect.stringContaining(words) });
  });
});

describe("a path is refused", () => {
  test.each([
    ["that is empty", "", "is empty"],
    ["that goes up", "models/../constitution.yaml", "leaves its folder"],
    ["that goes nowhere", "./models/a.yaml", "leaves its folder"],
    ["from the root", "/models/a.yaml", "begins or ends with a slash"],
    ["with an empty name", "models//a.yaml", "two in a row"],
    ["with a backslash", "models\\..\\constitution.yaml", "backslash"],
    ["in .git", "a/.git/config", "lies in .git"],
    ["in .GIT", ".GIT/hooks/x", "lies in .git"],
    ["with a line break", "models/a\nb.yaml", "cannot be seen"],
    ["with an escape sequence", "models/\u001b[2Ja.yaml", "cannot be seen"],
    ["with a zero-width space", "models/a\u200b.yaml", "cannot be seen"],
    ["with text that runs backwards", "models/\u202elmay.a", "cannot be seen"],
    ["with half a letter", "models/\ud800.yaml", "cannot be seen"],
    ["with split-up letters", "models/e\u0301.yaml", "NFC"],
    ["with a space at the end", "constitution.yaml ", "begins or ends with a space or dot"],
    ["with a dot at the end", "constitution.yaml.", "begins or ends with a space or dot"],
    ["that looks like the constitution", "Constitution.yaml", "looks like constitution.yaml but is another file"],
    ["that looks like it in full-width letters", "ｃonstitution.yaml", "looks like constitution.yaml"],
    ["that looks like the members", "MEMBERS.yaml", "looks like members.yaml"],
    ["that is very deep", `${"a/".repeat(20)}b`, "lies 20 folders deep"],
    ["that is very long", "a".repeat(600), "has 600 characters"],
  ])("%s", (_, path, words) => {
    expect(pathProblem(path)).toContain(words);
  });

  test.each(["constitution.yaml", "models/chat.yaml", "docs/安装.md", "docs/مقدمة.md", "a b/c.txt", ".github/x"])(
    "but not %s",
    (path) => {
      expect(pathProblem(path)).toBeUndefined();
    },
  );

  test("no path that is taken can be made to match less by folding it", () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_.ﬁéÅſ-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
        const path = names.join("/").normalize("NFC");
        fc.pre(pathProblem(path) === undefined);
        expect(matchGlob(glob(path.normalize("NFKC").toLowerCase()), path)).toEqual({});
      }),
      { numRuns: 60 },
    );
  });
});
