import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../../../../test/any-text.ts";
import { runs } from "../../../../test/runs.ts";
import { declaresEmergency, readCommand } from "./commands.ts";

const head = "3f2a9c41d0e7aa00bb11cc22dd33ee44ff556677";

describe("a comment", () => {
  test.each([
    ["abstains on a head", `/abstain ${head}`, { verb: "abstain", head, isReasoned: false }],
    [
      "may shorten it to 12 digits",
      "/abstain 3f2a9c41d0e7",
      { verb: "abstain", head: "3f2a9c41d0e7", isReasoned: false },
    ],
    ["may write it in capital letters", `/ABSTAIN ${head.toUpperCase()}`, { verb: "abstain", head, isReasoned: false }],
    ["may give a reason below", `/abstain ${head}\r\n\r\nI own it.`, { verb: "abstain", head, isReasoned: true }],
    ["gives none with empty lines", `/abstain ${head}\n \n`, { verb: "abstain", head, isReasoned: false }],
    ["takes a vote back", `/withdraw ${head}`, { verb: "withdraw", head, isReasoned: false }],
  ])("%s", (_, body, command) => expect(readCommand(body)).toEqual(command));

  test.each([
    ["with 11 digits", "/abstain 3f2a9c41d0e"],
    ["without a head", "/abstain"],
    ["with more than digits", `/abstain ${head}?`],
    ["with something behind it", `/abstain ${head} please`],
    ["with 65 digits", `/abstain ${"a".repeat(65)}`],
    ["with letters that look like digits", "/abstain ３f2a9c41d0e7"],
    ["in the second line", `Hello\n/abstain ${head}`],
    ["behind a space", ` /abstain ${head}`],
    ["that quotes somebody", `> /abstain ${head}`],
    ["in a fenced block", `\`\`\`\n/abstain ${head}\n\`\`\``],
    ["in code", `\`/abstain ${head}\``],
    ["behind a hidden character", `\u200b/abstain ${head}`],
    ["with another verb", `/approve ${head}`],
    ["that is empty", ""],
  ])("%s says nothing", (_, body) => expect(readCommand(body)).toBeUndefined());

  test("of any text is read without harm", () => {
    fc.assert(
      fc.property(anyText(200), (body) => {
        const command = readCommand(body);
        expect(command === undefined || /^[0-9a-f]{12,64}$/.test(command.head)).toBe(true);
      }),
      runs(200),
    );
  });
});

describe("a description", () => {
  test.each([
    ["that begins with the line asks for an emergency", "/emergency\n\nThe model lies.", true],
    ["that is nothing else, too", "/emergency", true],
    ["with spaces behind it, too", "/emergency \r\nx", true],
    ["with the line further down does not", "x\n/emergency", false],
    ["that goes on in the line does not", "/emergency now", false],
    ["that quotes it does not", "> /emergency", false],
    ["that is empty does not", "", false],
  ])("%s", (_, body, asked) => expect(declaresEmergency(body)).toBe(asked));
});
