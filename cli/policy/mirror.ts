/**
 * The policy repository as it is now, in a bare repository of this machine's cache. A person's clone is left as it is; whatever
 * is read, judged and sent by a verb goes through this one, so that all verbs see the same and need no clone.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fetched, fetchRefspecs, remoteRefs, repositoryId } from "../../governance/forges/git/names.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { Call, GitRepository, Oid, Remote } from "../../governance/git/repository.ts";
import { lastRatified, type RatifiedCommit } from "../../governance/verification/ratified.ts";
import { printable } from "../../operator/text/printable.ts";
import { cacheRoot } from "../up/binaries/cache.ts";
import { type PolicyAddress, policyAddress } from "./address.ts";
import { type Decisions, readDecisions } from "./decisions.ts";
import type { PolicyFlags } from "./flags.ts";
import { PolicyRefusal } from "./refusal.ts";
import { withAccess } from "./remote-access.ts";
import type { Surroundings } from "./surroundings.ts";

export interface PolicyMirror {
  readonly around: Surroundings;
  readonly address: PolicyAddress;
  readonly repository: GitRepository;
  readonly remote: Remote;
  /** Name of the policy branch, and its head now. */
  readonly branch: string;
  readonly head: Oid;
  readonly genesis: Oid;
  /** Where proposals are made. */
  readonly forge: "git" | "github";
  /** Of the repository there: `git:…` or `github:…`. */
  readonly id: string;
  readonly decisions: Decisions;
  /** What is in force, or will be when its timelock is over. */
  readonly ratified: RatifiedCommit;
  readonly call: Call;
}

/** Fetches, calls `work`, and ends what was started. Throws a PolicyRefusal where there is no policy repository to work with. */
export async function withPolicy<T>(
  flags: PolicyFlags,
  around: Surroundings,
  work: (policy: PolicyMirror) => Promise<T>,
): Promise<T> {
  const address = await policyAddress(flags.repository, around);
  const path = mirrorPath(address.url, around);
  const { clock, env: environment, signal } = around;
  const repository = await openRepository({ path, clock, environment, signal });
  try {
    return await work(await fetchedMirror(flags.branch, address, repository, around));
  } finally {
    await repository.close();
  }
}

/** One for each address; what is in it can be removed at any time. */
export function mirrorPath(url: string, { env }: Pick<Surroundings, "env">): string {
  const name = createHash("sha256").update(url).digest("hex").slice(0, 16);
  return join(cacheRoot(env), "policy", `${name}.git`);
}

/** Pull requests hold the heads of proposals on GitHub. */
export const pullRefspec = "+refs/pull/*/head:refs/policy/pull/*";

async function fetchedMirror(
  branch: string,
  address: PolicyAddress,
  repository: GitRepository,
  around: Surroundings,
): Promise<PolicyMirror> {
  const call = { signal: around.signal };
  const remote = await withAccess({ url: address.url }, around, (way) => repository.fetch(way, fetchRefspecs, call));
  const head = await repository.resolve(fetched(remoteRefs.branch(branch)), call);
  const name = printable(address.url, 300);
  if (head === undefined) {
    throw new PolicyRefusal(
      `${name} has no branch ${printable(branch, 100)}: make a policy repository there with commonhold init --remote URL, or name its branch with --branch`,
    );
  }
  const line = (await repository.firstParents(undefined, head, call)) ?? [];
  const source = { repository, first: line[0] ?? head, seenPath: `${repository.path}.seen.json`, name };
  const decisions = await readDecisions(source, call);
  const forge = await forgeOf(address.url, decisions, repository, remote, call);
  if (!line.includes(decisions.genesis)) {
    throw new PolicyRefusal(
      `the branch ${printable(branch, 100)} of ${name} does not go back to ${decisions.genesis}, with which this community began: somebody rewrote it; ask the other members before you do anything with it`,
    );
  }
  return {
    ...{ around, address, repository, remote, branch, head, decisions, forge, call },
    genesis: decisions.genesis,
    id: forge === "github" ? decisions.repository : repositoryId(decisions.genesis),
    ratified: lastRatified(decisions.records),
  };
}

/** A community that began on GitHub and left it makes its proposals in plain git, under the same log. */
async function forgeOf(
  url: string,
  decisions: Decisions,
  repository: GitRepository,
  remote: Remote,
  call: Call,
): Promise<PolicyMirror["forge"]> {
  if (!decisions.repository.startsWith("github:")) return "git";
  await repository.fetch(remote, [pullRefspec], call);
  const isThere = /^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?(?:www\.|ssh\.)?github\.com[:/]/i.test(url);
  return isThere || (await repository.refs("refs/policy/pull/", call)).length > 0 ? "github" : "git";
}
