/** A remote, somebody who pushes to it, and a service that reads it: three real repositories in a folder that goes away. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { openRepository } from "../../git/open.ts";
import type { GitRepository, Oid, Remote, Signer } from "../../git/repository.ts";
import { ed25519Signer } from "../../signatures/ed25519-signer.ts";
import type { Forge } from "../forge.ts";
import { ballotTagName, formatBallot, type SignedBallot } from "./ballot.ts";
import { closingTagName, formatClosing } from "./closing.ts";
import { createGitForge, type GitForgeOptions } from "./git-forge.ts";
import { proposalIdOf, remoteRefs, repositoryId } from "./names.ts";
import { formatOpening, type Opening, openingTagName } from "./opening.ts";

export const signal = new AbortController().signal;

export function signerNamed(name: string): Signer {
  return ed25519Signer(createHash("sha256").update(name).digest());
}

export const [alice, bob, mallory] = [signerNamed("alice"), signerNamed("bob"), signerNamed("mallory")];

export interface World {
  readonly folder: string;
  readonly remote: Remote;
  /** Of the remote itself, to look at. */
  readonly there: GitRepository;
  /** Of everybody who pushes. */
  readonly person: GitRepository;
  readonly service: GitRepository;
  readonly genesis: Oid;
  readonly clock: ManualClock;
  forge(options?: Partial<GitForgeOptions>): Forge;
  /** As the service does it before it looks. */
  fetch(forge: Forge): Promise<void>;
  commit(parents: readonly Oid[], files: Readonly<Record<string, string>>, message?: string): Promise<Oid>;
  push(...refspecs: string[]): Promise<void>;
  open(signer: Signer, head: Oid, change?: Partial<Opening>): Promise<{ id: string; oid: Oid }>;
  vote(signer: Signer, proposal: string, change?: Partial<SignedBallot>): Promise<Oid>;
  close(signer: Signer, proposal: string): Promise<Oid>;
  remove(): Promise<void>;
}

export async function gitWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "commonhold-forge-"));
  const clock = new ManualClock();
  const open = (name: string) => openRepository({ path: join(folder, name) });
  const [there, person, service] = await Promise.all([open("remote"), open("person"), open("service")]);
  const remote = { url: join(folder, "remote") };
  const at = clock.now();
  const push = (...refspecs: string[]) => person.push(remote, refspecs);
  const commit: World["commit"] = async (parents, files, message = "change\n") => {
    const base = parents[0] === undefined ? undefined : (await person.commit(parents[0]))?.tree;
    const bytes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
    return person.writeCommit({ tree: await person.writeTree(base, bytes), parents, message, at });
  };
  const genesis = await commit([], { "constitution.yaml": "format: 1\n" }, "genesis\n");
  await push(`${genesis}:refs/heads/main`);

  const tag = async (signer: Signer, object: Oid, name: string, message: string): Promise<Oid> =>
    person.writeTag({ object, name, message, at, signer });
  return {
    ...{ folder, remote, there, person, service, genesis, clock, commit, push },
    forge: (options = {}) =>
      createGitForge({
        ...{ repository: service, remote, genesis, clock },
        isMemberKey: (key) => [alice, bob].some(({ publicKey }) => publicKey === key),
        ...options,
      }),
    fetch: (forge) => service.fetch(remote, forge.fetchRefspecs),
    async open(signer, head, change = {}) {
      const repository = repositoryId(genesis);
      const opening: Opening = { base: genesis, head, emergency: false, repository, title: "A change", ...change };
      const oid = await tag(signer, head, openingTagName, formatOpening(opening));
      await push(`${oid}:${remoteRefs.opening(oid)}`, `${head}:${remoteRefs.head(oid)}`);
      return { id: proposalIdOf(genesis, oid), oid };
    },
    async vote(signer, proposal, change = {}) {
      const opening = proposal.slice(-40);
      const head = change.head ?? (await there.resolve(remoteRefs.head(opening))) ?? genesis;
      const plan = `sha256:${"0".repeat(64)}`;
      const ballot = { proposal, choice: "yes", head, plan, emergency: false, replaces: [], ...change } as const;
      const oid = await tag(signer, head, ballotTagName, formatBallot(ballot));
      await push(`${oid}:${remoteRefs.ballot(opening, oid)}`);
      return oid;
    },
    async close(signer, proposal) {
      const opening = proposal.slice(-40);
      const oid = await tag(signer, genesis, closingTagName, formatClosing({ proposal }));
      await push(`${oid}:${remoteRefs.closing(opening, oid)}`);
      return oid;
    },
    async remove() {
      await Promise.all([there, person, service].map((repository) => repository.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
