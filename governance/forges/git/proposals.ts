/**
 * Proposals with their ballots, as the refs show them after a fetch. There are no times in git that could be believed, so none
 * are given: they are when the service first saw something.
 */
import type { Call, GitRepository, Oid, Ref } from "../../git/repository.ts";
import type { ForgeProposal, ForgeProposals } from "../forge.ts";
import { type BallotBox, BallotReader } from "./ballots.ts";
import { below, Kept, keptRefs } from "./kept.ts";
import { isOpen, type KnownProposal, KnownProposalReader } from "./known-proposals.ts";
import { fetched, proposalLabel, remoteRefs } from "./names.ts";
import { RecentMerges } from "./recent-merges.ts";

/** Open proposals that are listed in one pass; as many that were merged lately, and as many that were closed. */
export const proposalsMax = 200;

const fetchedFolder = "refs/policy/";
const ballotsFolder = "refs/policy/commonhold/ballots/";

export interface ProposalSource {
  readonly repository: GitRepository;
  readonly genesis: Oid;
  /** Name of the policy branch. */
  readonly branch: string;
  /** Whether a key belongs to a member. */
  readonly isMemberKey: (key: string) => boolean;
  /** Whether the log says already how a proposal ended. */
  readonly isDecided: (proposal: string) => boolean;
}

export class ProposalReader {
  readonly #source: ProposalSource;
  readonly #known: KnownProposalReader;
  readonly #ballots: BallotReader;
  readonly #merges: RecentMerges;

  constructor(source: ProposalSource) {
    this.#source = source;
    this.#known = new KnownProposalReader(source.repository, source.genesis, source.isMemberKey);
    this.#ballots = new BallotReader(source.repository);
    this.#merges = new RecentMerges(source.repository);
  }

  /** What is open, what the policy branch merged lately, and what was closed without a word of it in the log; members' first. */
  async list(call: Call): Promise<ForgeProposals> {
    const { refs, kept } = await this.#refs(call);
    const { known, refused, unread } = await this.#known.read(refs, kept, call);
    const merged = await this.#merged(known, refs, call);
    const others = known.filter((proposal) => !merged.has(proposal) && !this.#source.isDecided(proposal.id));
    const open = others.filter(isOpen);
    const closed = others.filter((proposal) => !isOpen(proposal));
    const listed = ([open, [...merged.keys()], closed] as const).flatMap((some) => some.slice(0, proposalsMax));
    await this.#keep(listed, kept, call);
    const boxes = await this.#ballotsOf(listed, refs, kept, call);
    const proposals = listed.map((one) => shown(one, stateOf(one, merged.get(one)), boxes.get(one.oid)));
    return { proposals, omitted: unread + others.length + merged.size - listed.length, refused };
  }

  /** Every proposal whose opening was read so far, decided ones too, members' first. */
  async all(call: Call): Promise<readonly KnownProposal[]> {
    const { refs, kept } = await this.#refs(call);
    return (await this.#known.read(refs, kept, call)).known;
  }

  async #refs(call: Call): Promise<{ refs: readonly Ref[]; kept: Kept }> {
    const { repository } = this.#source;
    return { refs: await repository.refs(fetchedFolder, call), kept: await Kept.read(repository, call) };
  }

  async #merged(
    known: readonly KnownProposal[],
    refs: readonly Ref[],
    call: Call,
  ): Promise<ReadonlyMap<KnownProposal, boolean>> {
    const branch = fetched(remoteRefs.branch(this.#source.branch));
    const head = refs.find(({ name }) => name === branch)?.oid;
    return head === undefined ? new Map() : this.#merges.of(head, known, call);
  }

  /** What others than members push is kept by nobody but the remote, or they could fill this disk. */
  async #keep(listed: readonly KnownProposal[], kept: Kept, call: Call): Promise<void> {
    for (const { key, oid, head, closing } of listed) {
      if (!this.#source.isMemberKey(key)) continue;
      await kept.keep(`${keptRefs.openings}${oid}`, oid, call);
      await kept.keep(`${keptRefs.heads}${oid}`, head, call);
      if (closing !== undefined) await kept.keep(`${keptRefs.closings}${oid}/${closing}`, closing, call);
    }
  }

  async #ballotsOf(
    listed: readonly KnownProposal[],
    refs: readonly Ref[],
    kept: Kept,
    call: Call,
  ): Promise<ReadonlyMap<string, BallotBox>> {
    const { isMemberKey } = this.#source;
    const wanted = new Set(listed.map(({ oid }) => oid));
    const all = [...below(kept.refs, keptRefs.ballots), ...below(refs, ballotsFolder)];
    const here = all.filter(({ name }) => wanted.has(name.split("/").at(-2) ?? ""));
    const boxes = await this.#ballots.boxes(here, { ...call, isMemberKey });
    for (const [box, { ballots }] of boxes) {
      const members = ballots.filter(({ signature }) => signature?.isValid && isMemberKey(signature.key));
      for (const { id } of members) await kept.keep(`${keptRefs.ballots}${box}/${id}`, id, call);
    }
    return boxes;
  }
}

/** A name in a message is written easily: while the branch is there, it does not end a proposal. */
function stateOf(proposal: KnownProposal, isByHead: boolean | undefined): ForgeProposal["state"] {
  if (isByHead === undefined) return isOpen(proposal) ? "open" : "closed";
  return isByHead || !isOpen(proposal) ? "merged" : "open";
}

function shown(
  { id, oid, key, opening, head }: KnownProposal,
  state: ForgeProposal["state"],
  box: BallotBox | undefined,
): ForgeProposal {
  const proposer = { kind: "key", key } as const;
  return {
    id,
    label: proposalLabel(oid),
    title: opening.title,
    proposer,
    state,
    // Who pushed is known only of what the opening itself names.
    head: { oid: head, ...(head === opening.head && { pushedBy: proposer }) },
    isEmergency: opening.emergency,
    ballots: box?.ballots ?? [],
  };
}
