/** What a repository is for the API; its commits and trees are in a real bare repository. */
import type { GitStore, Oid } from "../git/store.ts";
import type { Account } from "./accounts.ts";
import type { App } from "./apps.ts";

export type Role = "read" | "write" | "admin";

export interface Repository {
  readonly id: number;
  owner: Account;
  name: string;
  readonly visibility: "public" | "private";
  readonly defaultBranch: string;
  readonly store: GitStore;
  /** The repository that this is a fork of. */
  readonly parent?: Repository;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  updatedAt: number;
  pushedAt: number;
  isDeleted: boolean;
  /** By number of the account; owners are admins without it. */
  readonly roles: Map<number, Role>;
  /** What the bare repository has, as of the last push. */
  refs: Map<string, Oid>;
  nextNumber: number;
  readonly pulls: Map<number, PullRequest>;
  readonly comments: IssueComment[];
  readonly checkRuns: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly activity: Activity[];
}

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  title: string;
  body: string | null;
  readonly user: Account;
  state: "open" | "closed";
  isDraft: boolean;
  readonly createdAt: number;
  updatedAt: number;
  closedAt?: number | undefined;
  merged?: Merged | undefined;
  /** `oid`: the branch's head when the pull request was last looked at; GitHub does not keep it fresh. */
  base: { ref: string; oid: Oid };
  head: { readonly repository: Repository; readonly ref: string; oid: Oid };
  readonly reviews: Review[];
  /** Whether it could be merged, for the base and head that are named. */
  trial?: Trial;
  /** Counted for the base and head that are named. */
  counts?: Counts;
}

export interface Merged {
  readonly at: number;
  readonly by: Account;
  readonly commit: Oid;
  /** Every commit that came with it onto the base branch. */
  readonly landed: readonly Oid[];
}

export interface Trial {
  readonly base: Oid;
  readonly head: Oid;
  /** Commit at `refs/pull/N/merge`; undefined: conflicts. */
  readonly commit: Oid | undefined;
}

export interface Counts {
  readonly base: Oid;
  readonly head: Oid;
  readonly commits: number;
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
}

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";

export interface Review {
  readonly id: number;
  readonly user: Account;
  readonly body: string;
  state: ReviewState;
  readonly commit: Oid;
  readonly submittedAt: number;
  dismissal?: Dismissal;
}

export interface Dismissal {
  readonly by: Account;
  readonly message: string;
  /** What the review had said. */
  readonly state: ReviewState;
  readonly at: number;
  /** Number of the event in the pull request's list of them. */
  readonly event: number;
}

export interface IssueComment {
  readonly id: number;
  readonly issue: number;
  readonly user: Account;
  /** Through which it was written. */
  readonly app: App | undefined;
  body: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface CheckRun {
  readonly id: number;
  /** Whose it is: nobody else may change it. */
  readonly app: App;
  name: string;
  readonly headSha: Oid;
  status: string;
  conclusion: string | null;
  startedAt: number;
  completedAt: number | null;
  externalId: string;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: unknown[];
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: Oid;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: number;
}

export type ActivityType =
  | "push"
  | "force_push"
  | "branch_deletion"
  | "branch_creation"
  | "pr_merge"
  | "merge_queue_merge";

export interface Activity {
  readonly id: number;
  readonly before: Oid;
  readonly after: Oid;
  readonly ref: string;
  readonly at: number;
  readonly type: ActivityType;
  readonly actor: Account;
}

/** What a ref's other end is called where there is none. */
export const noOid: Oid = "0".repeat(40);

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function headOf(repository: Repository, branch: string): Oid | undefined {
  return repository.refs.get(`refs/heads/${branch}`);
}

/** Keeps `refs/pull/N/head` and `refs/pull/N/merge`; undefined removes it. */
export function setPullRef({ repository, number }: PullRequest, name: "head" | "merge", oid: Oid | undefined): void {
  const ref = `refs/pull/${number}/${name}`;
  repository.store.setPullRef(ref, oid);
  if (oid === undefined) repository.refs.delete(ref);
  else repository.refs.set(ref, oid);
}

/** Open pull requests whose head is the branch, in whichever repository of the network they were made. */
export function openFrom(head: Repository, branch: string): PullRequest[] {
  const bases = head.parent ? [head.parent, head] : [head];
  return bases.flatMap((base) =>
    [...base.pulls.values()].filter(
      (pull) => pull.state === "open" && pull.head.repository === head && pull.head.ref === branch,
    ),
  );
}
