/**
 * What GitHub does, said once and held against both the double and the real one, so that tests against the double mean
 * something. `real-github.test.ts` says how to run it against the real one.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { answersContract } from "./answers.ts";
import { branchesContract } from "./branches.ts";
import { mergesContract } from "./merges.ts";
import { proposalsContract } from "./proposals.ts";
import { checkRunsContract, reportsContract } from "./reports.ts";
import { othersReviewsContract, reviewsContract } from "./reviews.ts";
import type { Subject } from "./subject.ts";

export interface Cast {
  readonly hasReviewer: boolean;
  readonly hasApp: boolean;
}

/** Cases for whom nobody is there are not defined: a test that is skipped says nothing. */
export function githubContract(title: string, { hasReviewer, hasApp }: Cast, start: () => Promise<Subject>): void {
  describe(title, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(async () => {
      await subject?.close();
    });
    const the = (): Subject => subject;
    answersContract(the);
    proposalsContract(the);
    reviewsContract(the);
    if (hasReviewer) othersReviewsContract(the);
    mergesContract(the);
    branchesContract(the);
    reportsContract(the);
    if (hasApp) checkRunsContract(the);
  });
}
