/** What the contract needs of a GitHub under test, be it the double or the real one. */
import type { Octokit } from "@octokit/rest";
import type { Workshop } from "./workshop.ts";

export interface Subject {
  readonly owner: string;
  readonly repo: string;
  /** As somebody who may write. Every proposal of the contract is theirs. */
  readonly author: Person;
  /** Somebody else who may write; undefined: cases that need two people are left out. */
  readonly reviewer: Person | undefined;
  /** As the installation of an App; undefined: check runs are left out. */
  readonly app: Octokit | undefined;
  /** Makes commits, and pushes them as the author. */
  readonly workshop: Workshop;
  /** The branch into which the contract's proposals go: its own, so that the repository's is left alone. */
  readonly base: string;
  /** First commit of that branch, which the workshop has. */
  readonly start: string;
  /** Lets so many milliseconds pass: times on GitHub have whole seconds. */
  pass(ms: number): Promise<void>;
  /** Asks again until the answer is as wanted: GitHub works some things out in the background. */
  eventually<Value>(ask: () => Promise<Value>, isWanted: (value: Value) => boolean): Promise<Value>;
  close(): Promise<void>;
}

export interface Person {
  readonly octokit: Octokit;
  readonly login: string;
  readonly id: number;
}

/** Gives the subject of the running suite; a function because it starts in a hook. */
export type TheSubject = () => Subject;

/** The status of a refusal; fails where there was none. */
export async function refusalOf(request: Promise<unknown>): Promise<{ status: number; text: string }> {
  try {
    await request;
  } catch (error) {
    const { status, response } = error as { status?: number; response?: { data: unknown } };
    if (status !== undefined) return { status, text: JSON.stringify(response?.data ?? null) };
    throw error;
  }
  throw new Error("GitHub did not refuse that");
}

export interface Proposal {
  readonly number: number;
  readonly branch: string;
  readonly head: string;
}

let proposals = 0;

/** A branch with a commit for each of `contents`, and a pull request of the author from it. `from`: where it starts; the base's first commit where left out. */
export async function propose(
  { author, owner, repo, workshop, base, start }: Subject,
  contents: readonly Readonly<Record<string, string>>[] = [{}],
  from = start,
): Promise<Proposal> {
  const name = `proposal-${++proposals}`;
  const branch = `${base}-${name}`;
  let head = from;
  for (const files of contents) {
    head = await workshop.commit(head, { [`${name}.txt`]: `${name}\n`, ...files }, `Write ${name}`);
  }
  await workshop.push([`${head}:refs/heads/${branch}`]);
  const { data } = await author.octokit.pulls.create({ owner, repo, base, head: branch, title: `Propose ${name}` });
  return { number: data.number, branch, head };
}
