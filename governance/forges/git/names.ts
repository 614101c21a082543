/**
 * Names in plain git: of repositories, proposals, and of the refs on the remote that hold them. A ref says nothing by itself; it
 * only makes an object that speaks for itself findable.
 */
import type { Oid } from "../../git/repository.ts";

const oidForm = "[0-9a-f]{40}(?:[0-9a-f]{24})?";

export const oidPattern = new RegExp(`^${oidForm}$`);
export const repositoryIdPattern = new RegExp(`^git:${oidForm}$`);
/** In plain git or on GitHub, where signed ballots are of the same form. */
export const proposalIdPattern = new RegExp(`^(?:git:${oidForm}/${oidForm}|github:[1-9][0-9]{0,15}/[1-9][0-9]{0,9})$`);

export const policyBranchDefault = "main";

/** `git:<genesis>`. */
export function repositoryId(genesis: Oid): string {
  return `git:${genesis}`;
}

export function proposalIdOf(genesis: Oid, opening: Oid): string {
  return `${repositoryId(genesis)}/${opening}`;
}

/** The opening that a proposal's id names, where it is one of this repository. */
export function openingOf(genesis: Oid, proposal: string): Oid | undefined {
  const prefix = `${repositoryId(genesis)}/`;
  const opening = proposal.startsWith(prefix) ? proposal.slice(prefix.length) : "";
  return oidPattern.test(opening) ? opening : undefined;
}

/** For people: `3f2a9c41`. */
export function proposalLabel(opening: Oid): string {
  return opening.slice(0, 8);
}

const branchDigits = 12;

/** Names on the remote. */
export const remoteRefs = {
  branch: (name: string): string => `refs/heads/${name}`,
  /** Of what is proposed; people push to it as to any branch. */
  head: (opening: Oid): string => `refs/heads/proposals/${opening.slice(0, branchDigits)}`,
  revert: (head: Oid): string => `refs/heads/reverts/${head.slice(0, branchDigits)}`,
  opening: (opening: Oid): string => `refs/commonhold/openings/${opening}`,
  ballot: (box: string, ballot: Oid): string => `refs/commonhold/ballots/${box}/${ballot}`,
  closing: (opening: Oid, closing: Oid): string => `refs/commonhold/closings/${opening}/${closing}`,
  log: "refs/commonhold/log",
  report: (opening: Oid): string => `refs/commonhold/reports/${opening}`,
  commitReport: (commit: Oid): string => `refs/commonhold/commits/${commit}`,
} as const;

/** Below which ballots of a proposal lie: the opening's id in plain git, `github-<number>` on GitHub. */
export function ballotBoxOnGithub(number: number): string {
  return `github-${number}`;
}

/** Everything that is fetched lands below one folder of refs, apart from the service's own. */
export const fetchRefspecs = ["+refs/heads/*:refs/policy/heads/*", "+refs/commonhold/*:refs/policy/commonhold/*"];

/** Where a ref of the remote lands: `refs/heads/main` in `refs/policy/heads/main`. */
export function fetched(remoteRef: string): string {
  return remoteRef.replace(/^refs\//, "refs/policy/");
}
