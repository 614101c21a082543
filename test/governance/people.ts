/** What people do with plain git: proposals, ballots and merges, written into the remote as their programs write them. */
import { planDigest } from "../../governance/evidence/plan-digest.ts";
import { ballotTagName, formatBallot } from "../../governance/forges/git/ballot.ts";
import { proposalIdOf, remoteRefs } from "../../governance/forges/git/names.ts";
import { formatOpening, openingTagName } from "../../governance/forges/git/opening.ts";
import type { GitRepository, Oid } from "../../governance/git/repository.ts";
import { keys, type Name } from "../../governance/service/testing/community.fixture.ts";

export interface Proposed {
  readonly id: string;
  readonly opening: Oid;
  readonly head: Oid;
}

export interface People {
  propose(by: Name, files: Readonly<Record<string, string>>, title?: string): Promise<Proposed>;
  vote(by: Name, proposed: Proposed): Promise<void>;
  merge(proposed: Proposed): Promise<Oid>;
}

const main = "refs/heads/main";

export function peopleOf(remote: GitRepository, genesis: Oid): People {
  const now = async (): Promise<Oid> => (await remote.resolve(main)) as Oid;
  return {
    async propose(by, files, title = "A change") {
      const base = await now();
      const at = Date.now();
      const bytes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
      const tree = await remote.writeTree((await remote.commit(base))?.tree, bytes);
      const head = await remote.writeCommit({ tree, parents: [base], message: "change", at, signer: keys[by] });
      const message = formatOpening({ repository: `git:${genesis}`, base, head, emergency: false, title });
      const opening = await remote.writeTag({ object: head, name: openingTagName, message, at, signer: keys[by] });
      await remote.updateRef(remoteRefs.opening(opening), opening);
      await remote.updateRef(remoteRefs.head(opening), head);
      return { id: proposalIdOf(genesis, opening), opening, head };
    },
    async vote(by, { id, opening, head }) {
      const base = await now();
      const merged = await remote.mergeTree(base, head);
      const plan = planDigest(await remote.diff(base, merged.ok ? merged.tree : base));
      const message = formatBallot({ proposal: id, choice: "yes", head, plan, emergency: false, replaces: [] });
      const tag = { object: head, name: ballotTagName, message, at: Date.now(), signer: keys[by] };
      const oid = await remote.writeTag(tag);
      await remote.updateRef(remoteRefs.ballot(opening, oid), oid);
    },
    async merge({ head }) {
      const base = await now();
      const merged = await remote.mergeTree(base, head);
      if (!merged.ok) throw new Error("conflict");
      const parents = [base, head];
      const oid = await remote.writeCommit({ tree: merged.tree, parents, message: "merge", at: Date.now() });
      await remote.updateRef(main, oid);
      return oid;
    },
  };
}
