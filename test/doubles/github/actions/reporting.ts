/** Check runs (Apps only) and commit statuses: what others say of a commit. */
import type { Oid } from "../git/store.ts";
import type { Account } from "../state/accounts.ts";
import type { App } from "../state/apps.ts";
import { notFound, Refusal } from "../state/refusal.ts";
import type { CheckRun, CommitStatus, Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { tellCheckRun } from "./telling.ts";

export interface CheckRunFields {
  readonly name?: string;
  readonly head_sha?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly output?: { title?: string; summary?: string; text?: string; annotations?: readonly unknown[] };
}

/** Annotations that one request may carry; characters of a summary or text. */
const limits = { annotations: 50, summary: 65_535 };

export async function createCheckRun(
  world: World,
  repository: Repository,
  app: App,
  fields: CheckRunFields,
): Promise<CheckRun> {
  const headSha = fields.head_sha ?? "";
  await requireCommit(repository, headSha);
  const run: CheckRun = {
    id: world.nextId(),
    app,
    name: fields.name ?? "",
    headSha,
    status: "queued",
    conclusion: null,
    startedAt: world.clock.now(),
    completedAt: null,
    externalId: "",
    detailsUrl: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  change(world, run, fields);
  repository.checkRuns.push(run);
  await tellCheckRun(world, repository, run, app.bot, "created");
  if (run.status === "completed") await tellCheckRun(world, repository, run, app.bot, "completed");
  return run;
}

export async function updateCheckRun(
  world: World,
  repository: Repository,
  app: App,
  { id, fields }: { id: number; fields: CheckRunFields },
): Promise<CheckRun> {
  const run = repository.checkRuns.find((one) => one.id === id);
  if (!run) throw notFound();
  if (run.app !== app) {
    const words = "check run can only be modified by the GitHub App that created it.";
    throw new Refusal(403, `Invalid app_id \`${app.id}\` - ${words}`);
  }
  const wasDone = run.status === "completed";
  change(world, run, fields);
  if (!wasDone && run.status === "completed") await tellCheckRun(world, repository, run, app.bot, "completed");
  return run;
}

function change(world: World, run: CheckRun, fields: CheckRunFields): void {
  checkOutput(fields.output);
  if (fields.name !== undefined) run.name = fields.name;
  if (fields.external_id !== undefined) run.externalId = fields.external_id;
  if (fields.details_url !== undefined) run.detailsUrl = fields.details_url;
  if (fields.started_at !== undefined) run.startedAt = Date.parse(fields.started_at);
  // A conclusion makes it complete, and it is not complete without one.
  const status = fields.conclusion === undefined ? fields.status : "completed";
  if (status === "completed" && (fields.conclusion ?? run.conclusion) === null) {
    throw new Refusal(422, 'Invalid request.\n\nMissing required property "conclusion" for status "completed".');
  }
  if (status !== undefined) run.status = status;
  if (status !== undefined && status !== "completed") Object.assign(run, { conclusion: null, completedAt: null });
  if (fields.conclusion !== undefined) {
    run.conclusion = fields.conclusion;
    run.completedAt = fields.completed_at === undefined ? world.clock.now() : Date.parse(fields.completed_at);
  }
  const { title = null, summary = null, text = null, annotations = [] } = fields.output ?? {};
  if (fields.output) run.output = { title, summary, text };
  run.annotations.push(...annotations);
}

function checkOutput(output: CheckRunFields["output"]): void {
  for (const part of ["summary", "text"] as const) {
    const { length = 0 } = output?.[part] ?? "";
    if (length > limits.summary) {
      throw new Refusal(
        422,
        `Invalid request.\n\nOnly ${limits.summary} characters are allowed; ${length} were supplied.`,
      );
    }
  }
  const { length = 0 } = output?.annotations ?? [];
  if (length > limits.annotations) {
    throw new Refusal(
      422,
      `Invalid request.\n\nNo more than ${limits.annotations} items are allowed; ${length} were supplied.`,
    );
  }
}

/** Statuses of one context on one commit; GitHub takes no more. */
const statusesMax = 1_000;

export async function createStatus(
  world: World,
  repository: Repository,
  actor: Account,
  fields: { sha: Oid; state: string; context?: string; description?: string | null; target_url?: string | null },
): Promise<CommitStatus> {
  const { sha, state, context = "default", description = null, target_url: targetUrl = null } = fields;
  await requireCommit(repository, sha);
  if ((description ?? "").length > 140) {
    throw new Refusal(422, "Validation Failed", {
      errors: [{ resource: "Status", code: "custom", message: "description is too long (maximum is 140 characters)" }],
    });
  }
  const same = repository.statuses.filter((one) => one.sha === sha && one.context === context);
  if (same.length >= statusesMax) {
    const message = "This SHA and context has reached the maximum number of statuses.";
    throw new Refusal(422, "Validation Failed", { errors: [{ resource: "Status", code: "custom", message }] });
  }
  const status = { id: world.nextId(), sha, state, context, description, targetUrl, creator: actor };
  repository.statuses.push({ ...status, createdAt: world.clock.now() });
  return repository.statuses.at(-1) as CommitStatus;
}

async function requireCommit(repository: Repository, sha: string): Promise<void> {
  const isSha = /^[0-9a-f]{40}$/.test(sha);
  if (!isSha || !(await repository.store.exists(`${sha}^{commit}`))) {
    throw new Refusal(422, `No commit found for SHA: ${sha}`);
  }
}
