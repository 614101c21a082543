/**
 * The policy repository of this state directory: a bare one that appears whole, with its signed first commit, and is then changed
 * by proposals alone. The first commit is pinned beside it, for ever.
 */
import { appendFile, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { policyBranchDefault, remoteRefs } from "../../../../governance/forges/git/names.ts";
import { removeLeftovers } from "../../../../governance/git/leftovers.ts";
import { openRepository } from "../../../../governance/git/open.ts";
import type { GitRepository, Oid, Signer } from "../../../../governance/git/repository.ts";
import type { Clock } from "../../../../operator/clock/clock.ts";
import { mirrorPath } from "../../../policy/mirror.ts";
import { readIfPresent, writeAtomically } from "../../state/write.ts";

export interface PolicyRepositoryOptions {
  /** Of the state directory. */
  readonly directory: string;
  /** With what it begins; asked only where it does. */
  readonly files: () => Readonly<Record<string, string>>;
  readonly signer: Signer;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface PolicyRepository {
  /** Git URL: a whole path. */
  readonly url: string;
  readonly genesis: Oid;
  readonly isNew: boolean;
}

const folderName = "policy.git";
const temporaryPrefix = `${folderName}.new-`;
const pinName = "policy-genesis";
const branch = remoteRefs.branch(policyBranchDefault);

/** The state directory is ours alone while this runs. Throws an Error that says what to do where the repository was lost or exchanged. */
export async function policyRepository(options: PolicyRepositoryOptions): Promise<PolicyRepository> {
  const { directory } = options;
  const url = join(directory, folderName);
  const pinned = readIfPresent(join(directory, pinName))?.trim();
  const there = await readdir(directory);
  for (const name of there.filter((one) => one.startsWith(temporaryPrefix))) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
  if (there.includes(folderName)) return { url, genesis: await genesisOf(url, pinned, options), isNew: false };
  if (pinned !== undefined) throw lost(url, `it is gone`, directory);
  const genesis = await begin(url, options);
  writeAtomically(join(directory, pinName), `${genesis}\n`);
  return { url, genesis, isNew: true };
}

async function genesisOf(url: string, pinned: Oid | undefined, options: PolicyRepositoryOptions): Promise<Oid> {
  const { directory, env, clock, signal } = options;
  // What was killed while it wrote here holds nothing any more: whoever runs on this directory was asked for the lock.
  await removeLeftovers(url);
  const repository = await openRepository({ path: url, environment: env, clock, signal });
  try {
    await repository.maintain({ signal });
    if (pinned !== undefined) {
      if (await repository.commit(pinned, { signal })) return pinned;
      throw lost(url, `it does not have the commit ${pinned}, with which this community began`, directory);
    }
    // A start that was killed between making it and pinning it: nobody else knew of it yet.
    const head = await repository.resolve(branch, { signal });
    const [first] = (head && (await repository.firstParents(undefined, head, { signal }))) || [];
    if (first === undefined) throw lost(url, `it has no branch ${policyBranchDefault}`, directory);
    writeAtomically(join(directory, pinName), `${first}\n`);
    return first;
  } finally {
    await repository.close();
  }
}

function lost(url: string, why: string, directory: string): Error {
  return new Error(
    `the policy repository ${url} cannot be used: ${why}. Put it back (the service's own copy is ${join(directory, "governance/repository.git")}), ` +
      `or begin anew in another directory: --state DIR`,
  );
}

async function begin(url: string, options: PolicyRepositoryOptions): Promise<Oid> {
  const { directory, env, clock, signal } = options;
  const temporary = await mkdtemp(join(directory, temporaryPrefix));
  const repository = await openRepository({ path: temporary, environment: env, clock, signal });
  try {
    await appendFile(join(temporary, "config"), settings);
    const genesis = await firstCommit(repository, options);
    await repository.updateRef(branch, genesis, null, { signal });
    // At this address another community may have been, whose log was longer.
    const mirror = mirrorPath(url, { env });
    await rm(mirror, { recursive: true, force: true });
    await rm(`${mirror}.seen.json`, { force: true });
    await rename(temporary, url);
    return genesis;
  } finally {
    await repository.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Who pushes here starts no housekeeping that would go on after everything was stopped; it is done at the next start. */
const settings = "[receive]\n\tautogc = false\n\tfsckObjects = true\n[gc]\n\tauto = 0\n";

async function firstCommit(
  repository: GitRepository,
  { files, signer, clock, signal }: PolicyRepositoryOptions,
): Promise<Oid> {
  const bytes = Object.fromEntries(Object.entries(files()).map(([path, text]) => [path, Buffer.from(text)]));
  const tree = await repository.writeTree(undefined, bytes, { signal });
  return repository.writeCommit({ tree, parents: [], message: "Begin\n", at: clock.now(), signer }, { signal });
}
