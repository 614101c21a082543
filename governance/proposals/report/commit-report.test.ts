import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { reason } from "../../constitution/reasons/reason.ts";
import { type CommitOutcome, renderCommitReport, renderRevert } from "./commit-report.ts";
import { hostile } from "./hostile.fixture.ts";
import { outsideCode } from "./outside-code.fixture.ts";

const commit = "1".repeat(40);
const ratified = "2".repeat(40);
const appliesAt = Date.UTC(2026, 0, 12);

describe("what became of a commit", () => {
  test.each<[string, CommitOutcome, { state: string; title: string }]>([
    [
      "ratified waits for its timelock",
      { state: "ratified", appliesAt },
      { state: "pending", title: "Ratified by proposal #7; takes effect no earlier than 2026-01-12T00:00:00Z" },
    ],
    [
      "ratified says what else it waits for",
      { state: "ratified", appliesAt, waitsFor: "the commit before it" },
      {
        state: "pending",
        title:
          "Ratified by proposal #7; takes effect no earlier than 2026-01-12T00:00:00Z; waits for the commit before it",
      },
    ],
    [
      "applied is in force",
      { state: "applied", changed: 2, unchanged: 5 },
      { state: "success", title: "In force by proposal #7: 2 objects changed, 5 unchanged" },
    ],
    [
      "what failed is not in force, and never claims it",
      { state: "failed", sentence: "the API server did not answer" },
      { state: "failure", title: "Ratified by proposal #7, but not in force: the API server did not answer" },
    ],
    [
      "what nobody voted for is not ratified",
      { state: "unratified", sentence: "no proposal was merged by it", ratified },
      { state: "failure", title: "Not ratified: no proposal was merged by it" },
    ],
    [
      "a branch that is back says so",
      { state: "restored" },
      { state: "success", title: "The branch holds what was ratified again" },
    ],
  ])("%s", (_, outcome, said) => {
    expect(renderCommitReport({ commit, outcome, proposal: "#7" })).toMatchObject({ commit, ...said });
  });

  test("an unratified commit says what stays in force, why, and what to do", () => {
    const reasons = [reason("QuorumMissing", { votes: 1, needed: 2, of: "cast", electors: 3 })];
    const outcome = { state: "unratified", sentence: "it has not passed", ratified, reasons } as const;
    expect(renderCommitReport({ commit, outcome }).summary).toBe(`Not ratified: it has not passed

it has not passed

- The quorum is not reached: 1 vote of 3 voters, 2 needed.

The cluster stays on \`222222222222\`, the last commit that was ratified. Merge the revert that is offered, or open a proposal for the difference.`);
  });

  test("a title is cut to what a status takes", () => {
    const outcome = { state: "failed", sentence: "x ".repeat(200) } as const;
    expect(renderCommitReport({ commit, outcome }).title).toHaveLength(140);
  });
});

test("a revert says from what to what, and that it changes nothing of what is in force", () => {
  const { title, body } = renderRevert({ head: commit, ratified, sentence: "nobody voted for it." });
  expect(title).toBe("Go back to what was ratified (222222222222)");
  expect(body).toContain("Commit `111111111111` is on the policy branch, but it is not ratified: nobody voted for it.");
});

test("no sentence from outside breaks out of a commit's report or a revert", () => {
  fc.assert(
    fc.property(hostile, (sentence) => {
      const { title, summary } = renderCommitReport({
        commit,
        proposal: sentence,
        outcome: { state: "unratified", sentence, ratified },
      });
      expect(title).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      for (const markdown of [summary, renderRevert({ head: commit, ratified, sentence }).body]) {
        for (const line of outsideCode(markdown).split("\n")) {
          expect(line).toMatch(/^(?:- )?[\p{L}\p{M}\p{N} "'’().,;:?!…%-]*$/u);
        }
      }
    }),
    runs(60),
  );
});
