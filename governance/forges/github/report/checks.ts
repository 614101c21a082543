/**
 * Check runs, which only an App can make, and only on its own behalf: so nobody else can show one in our name. The content's
 * digest stands in `external_id`, so that a service that was started anew knows what is shown already.
 */
import { createHash } from "node:crypto";
import type { CheckReport } from "../../forge.ts";
import { checkRunsShape, madeShape } from "../api/shapes.ts";
import type { Reader } from "../proposals/read-pull.ts";
import { Shown } from "./shown.ts";

interface ShownCheck {
  readonly id: number;
  readonly digest: string;
  readonly isCompleted: boolean;
  readonly hasAnnotations: boolean;
}

const annotationsMax = 50;

export class Checks {
  readonly #shown = new Shown<ShownCheck>();

  async show(reader: Reader, commit: string, name: string, report: CheckReport, signal: AbortSignal): Promise<void> {
    const where = `${commit} ${name}`;
    const digest = digestOf(report);
    const shown = this.#shown.get(where) ?? (await this.#find(reader, commit, name, signal));
    if (shown) this.#shown.set(where, shown);
    if (shown?.digest === digest) return;
    const isCompleted = report.state !== "pending";
    const hasAnnotations = report.annotations.length > 0;
    // A run that ended is not started again, and annotations can only be added to: a new run takes the place of the old one.
    const isChangeable = shown && (isCompleted || !shown.isCompleted) && !shown.hasAnnotations;
    const { owner, repo } = reader.place;
    const made = await reader.api.change(
      reader.actor.authorizer,
      isChangeable ? "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}" : "POST /repos/{owner}/{repo}/check-runs",
      {
        owner,
        repo,
        ...(isChangeable ? { check_run_id: shown.id } : { head_sha: commit }),
        name,
        external_id: digest,
        ...(isCompleted ? { status: "completed", conclusion: report.state } : { status: "in_progress" }),
        output: { title: report.title, summary: report.summary, annotations: annotationsOf(report) },
      },
      madeShape,
      signal,
    );
    this.#shown.set(where, { id: made.id, digest, isCompleted, hasAnnotations });
  }

  async #find(
    { api, actor, place }: Reader,
    commit: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ShownCheck | undefined> {
    const { owner, repo } = place;
    const asked = { owner, repo, ref: commit, check_name: name, app_id: actor.appId, filter: "latest", per_page: 100 };
    const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
    const { check_runs: runs } = await api.get(actor.authorizer, route, asked, checkRunsShape, signal);
    const own = runs.find((run) => run.name === name && run.app?.id === actor.appId);
    if (!own) return undefined;
    const hasAnnotations = own.output.annotations_count > 0;
    return { id: own.id, digest: own.external_id ?? "", isCompleted: own.status === "completed", hasAnnotations };
  }
}

function annotationsOf({ annotations }: CheckReport): Record<string, unknown>[] {
  return annotations.slice(0, annotationsMax).map(({ path, line, message }) => ({
    path,
    start_line: line,
    end_line: line,
    annotation_level: "failure",
    message,
  }));
}

function digestOf({ state, title, summary, annotations }: CheckReport): string {
  return createHash("sha256")
    .update(JSON.stringify([state, title, summary, annotations]))
    .digest("hex");
}
