/** Shows on GitHub how proposals and commits stand: as check runs where we are an App, else as commit statuses. */
import { printable } from "../../../../operator/text/printable.ts";
import type { CheckReport, CommitReport, ProposalReport } from "../../forge.ts";
import type { PullContent, Reader } from "../proposals/read-pull.ts";
import { Checks } from "./checks.ts";
import { ReportComments } from "./comment.ts";
import { Statuses } from "./statuses.ts";

/** As checks are called, and, with `commonhold/` before it, statuses. */
export const checkNames = { plan: "plan", vote: "vote", commit: "ratified" } as const;
const titleCharsMax = 140;

export class Reporter {
  readonly #checks = new Checks();
  readonly #statuses = new Statuses();
  readonly #comments = new ReportComments();

  /** The comment first: statuses link to it. `content`: what was read of the pull request. */
  async report(
    reader: Reader,
    number: number,
    report: ProposalReport,
    content: PullContent | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const link = await this.#comments.show(reader, number, report, content, signal);
    await this.#show(reader, report.head, checkNames.plan, report.plan, link, signal);
    await this.#show(reader, report.head, checkNames.vote, report.vote, link, signal);
  }

  reportCommit(reader: Reader, report: CommitReport, signal: AbortSignal): Promise<void> {
    const { commit, ...check } = report;
    return this.#show(reader, commit, checkNames.commit, { ...check, annotations: [] }, undefined, signal);
  }

  #show(
    reader: Reader,
    commit: string,
    name: string,
    check: CheckReport,
    link: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const report = { ...check, title: printable(check.title, titleCharsMax) };
    if (reader.actor.kind === "app") return this.#checks.show(reader, commit, name, report, signal);
    return this.#statuses.show(reader, commit, `commonhold/${name}`, report, link, signal);
  }
}
