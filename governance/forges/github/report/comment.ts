/**
 * The one comment on a pull request that shows the whole report, edited in place. It is known by a hidden first line and by who
 * wrote it; the same line in somebody else's comment is nothing.
 */
import { createHash } from "node:crypto";
import { prose } from "../../../proposals/report/markdown.ts";
import type { CheckReport, ProposalReport } from "../../forge.ts";
import { isAbsence } from "../api/failure.ts";
import { type Comment, commentShape, reportMarker } from "../api/shapes.ts";
import type { Reader } from "../proposals/read-pull.ts";
import { Shown } from "./shown.ts";

interface ShownComment {
  readonly comment: Comment;
  /** When we wrote it, by GitHub's clock, ms. */
  readonly writtenAt: number;
}

/** What was read of a pull request. */
export interface Seen {
  readonly reports: readonly Comment[];
  readonly readAt: number;
}

/** Pages of comments that are looked through for ours. */
const pagesMax = 30;
/** GitHub's clock has whole seconds. */
const granularityMs = 2_000;

export class ReportComments {
  readonly #shown = new Shown<ShownComment>();

  /** `seen`: undefined where it was not read yet. Gives the comment's address. */
  async show(
    reader: Reader,
    number: number,
    report: ProposalReport,
    seen: Seen | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const text = commentOf(report);
    const digest = createHash("sha256").update(text).digest("hex");
    const there = await this.#there(reader, number, seen, signal);
    if (there?.report === digest && !this.#wasEdited(number, there)) return there.html_url;
    const writtenAt = reader.api.now();
    const comment = await write(reader, number, there, `${reportMarker(digest)}\n${text}`, signal);
    this.#shown.set(`${number}`, { comment, writtenAt });
    return comment.html_url;
  }

  async #there(
    reader: Reader,
    number: number,
    seen: Seen | undefined,
    signal: AbortSignal,
  ): Promise<Comment | undefined> {
    const known = this.#shown.get(`${number}`);
    // What we wrote after it was read is newer.
    if (known && (!seen || seen.readAt < known.writtenAt + granularityMs)) return known.comment;
    const reports = seen?.reports ?? (await find(reader, number, signal));
    // The first one, where a service that died between writing and remembering left a second.
    return reports.find(({ id }) => id === known?.comment.id) ?? reports[0];
  }

  /** By somebody who may write there; known only while we remember what we wrote. */
  #wasEdited(number: number, { id, bodyDigest }: Comment): boolean {
    const known = this.#shown.get(`${number}`)?.comment;
    return known?.id === id && known.bodyDigest !== bodyDigest;
  }
}

async function write(
  { api, actor, place }: Reader,
  number: number,
  there: Comment | undefined,
  body: string,
  signal: AbortSignal,
): Promise<Comment> {
  const { owner, repo } = place;
  if (there) {
    const edit = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
    const change = { owner, repo, comment_id: there.id, body };
    try {
      return await api.change(actor.authorizer, edit, change, commentShape, signal);
    } catch (error) {
      // Somebody deleted it.
      if (!isAbsence(error)) throw error;
    }
  }
  const make = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
  return api.change(actor.authorizer, make, { owner, repo, issue_number: number, body }, commentShape, signal);
}

async function find({ api, actor, place }: Reader, number: number, signal: AbortSignal): Promise<Comment[]> {
  const { owner, repo } = place;
  const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const asked = { owner, repo, issue_number: number };
  const { items } = await api.pages(actor.authorizer, route, asked, commentShape, { pagesMax }, signal);
  const own: Comment[] = [];
  for (const comment of items) {
    if (comment.report !== undefined && (await actor.wrote(comment, signal))) own.push(comment);
  }
  return own;
}

const marks = { pending: "…", success: "✓", failure: "✗" } as const;

function commentOf({ plan, vote }: ProposalReport): string {
  return [section("Vote", vote), section("Plan", plan)].join("\n\n");
}

function section(name: string, { state, title, summary }: CheckReport): string {
  return `## ${marks[state]} ${name}: ${prose(title)}\n\n${summary}`;
}
