/**
 * The parts of GitHub's answers that are used, checked where they come in. What is not named here is thrown away at once: texts
 * of outsiders are long, and answers are remembered. https://docs.github.com/rest
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Account } from "../../../constitution/snapshot.ts";
import { declaresEmergency, readCommand } from "../proposals/commands.ts";

const id = z.int().positive();
const oid = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** RFC 3339, to milliseconds since 1970. */
const time = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  context.addIssue(`${text} is no time`);
  return z.NEVER;
});

/** Whom GitHub shows where somebody closed their account. */
export const ghost: Account = { kind: "github", id: 10_137, login: "ghost", isBot: false };

const account = z
  .object({ id, login: z.string(), type: z.string() })
  // An organization votes as little as a bot.
  .transform(({ id, login, type }): Account => ({ kind: "github", id, login, isBot: type !== "User" }));

export const accountShape = account;
const accountOrGhost = account.nullable().transform((one) => one ?? ghost);

export const repositoryShape = z.object({
  id,
  name: z.string(),
  full_name: z.string(),
  owner: z.object({ id, login: z.string() }),
});
export type RepositoryAnswer = z.infer<typeof repositoryShape>;

export const pullShape = z
  .object({
    number: id,
    state: z.enum(["open", "closed"]),
    title: z.string(),
    body: z.string().nullish(),
    html_url: z.string(),
    user: accountOrGhost,
    created_at: time,
    updated_at: time,
    closed_at: time.nullable(),
    merged_at: time.nullable(),
    merge_commit_sha: oid.nullish(),
    head: z.object({
      ref: z.string(),
      sha: oid,
      repo: z.object({ id, name: z.string(), owner: z.object({ login: z.string() }) }).nullable(),
    }),
    base: z.object({ ref: z.string(), repo: z.object({ id }) }),
  })
  .transform(({ body, ...pull }) => ({ ...pull, isEmergency: declaresEmergency(body ?? "") }));
export type Pull = z.infer<typeof pullShape>;

export const reviewShape = z
  .object({
    id,
    user: account.nullable(),
    body: z.string().nullish(),
    state: z.string(),
    submitted_at: time.optional(),
    commit_id: oid.nullish(),
  })
  .transform(({ body, ...review }) => ({ ...review, isReasoned: (body ?? "").trim() !== "" }));
export type Review = z.infer<typeof reviewShape>;

export const commentShape = z
  .object({
    id,
    user: account.nullable(),
    body: z.string().nullish(),
    html_url: z.string(),
    created_at: time,
    updated_at: time,
    performed_via_github_app: z.object({ id }).nullish(),
  })
  .transform(({ body, performed_via_github_app: app, ...comment }) => ({
    ...comment,
    byApp: app?.id,
    command: readCommand(body ?? ""),
    report: reportDigest(body ?? ""),
    bodyDigest: createHash("sha256")
      .update(body ?? "")
      .digest("hex"),
  }));
export type Comment = z.infer<typeof commentShape>;

/** The first line of our own comments, invisible to readers; the digest is of the rest. */
export const reportMarker = (digest: string): string => `<!-- commonhold report ${digest} -->`;

function reportDigest(body: string): string | undefined {
  return /^<!-- commonhold report ([0-9a-f]{64}) -->/.exec(body)?.[1];
}

export const eventShape = z.object({
  id,
  event: z.string(),
  actor: account.nullish().transform((one) => one ?? ghost),
  created_at: time,
  dismissed_review: z.object({ review_id: id, state: z.string() }).optional(),
});
export type IssueEvent = z.infer<typeof eventShape>;

export const activityShape = z.array(
  z.object({ after: z.string(), ref: z.string(), timestamp: time, actor: account.nullable() }),
);
export type Activity = z.infer<typeof activityShape>;

export const checkRunsShape = z.object({
  check_runs: z.array(
    z.object({
      id,
      name: z.string(),
      status: z.string(),
      external_id: z.string().nullish(),
      app: z.object({ id }).nullable(),
      output: z.object({ annotations_count: z.int() }),
    }),
  ),
});

export const statusesShape = z.array(
  z.object({
    context: z.string(),
    state: z.string(),
    description: z.string().nullable(),
  }),
);

export const madeShape = z.object({ id });
export const appShape = z.object({ slug: z.string().min(1) });
export const installationTokenShape = z.object({ token: z.string().min(1), expires_at: time });
