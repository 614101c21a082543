/**
 * Which proposals there are. An opening makes one, its branch holds what is proposed, and it is over when its branch is gone or its
 * proposer closed it.
 */
import type { Call, GitRepository, Oid, Ref } from "../../git/repository.ts";
import { below, type Kept, keptRefs } from "./kept.ts";
import { fetched, proposalIdOf, remoteRefs } from "./names.ts";
import { closingFrom, openingFrom, type SignedClosing, type SignedOpening } from "./openings.ts";
import { TagReader } from "./tag-reader.ts";

export interface KnownProposal extends SignedOpening {
  readonly id: string;
  /** Undefined where its branch is gone. */
  readonly branchHead?: Oid;
  /** What the branch has, or had last as far as it was seen. */
  readonly head: Oid;
  /** The proposer's own closing. */
  readonly closing?: Oid;
}

export interface KnownProposals {
  /** Members' first, in the order of openings' ids. */
  readonly known: readonly KnownProposal[];
  /** Openings that are none: unsigned, broken, of another repository. */
  readonly refused: number;
  /** Left for the next time. */
  readonly unread: number;
}

const folders = {
  openings: "refs/policy/commonhold/openings/",
  closings: "refs/policy/commonhold/closings/",
} as const;

export function isOpen({ branchHead, closing }: KnownProposal): boolean {
  return branchHead !== undefined && closing === undefined;
}

export class KnownProposalReader {
  readonly #genesis: Oid;
  readonly #isMemberKey: (key: string) => boolean;
  // False for a tag that is none of ours: that, too, is read only once.
  readonly #openings: TagReader<SignedOpening | false>;
  readonly #closings: TagReader<SignedClosing | false>;

  constructor(repository: GitRepository, genesis: Oid, isMemberKey: (key: string) => boolean) {
    this.#genesis = genesis;
    this.#isMemberKey = isMemberKey;
    this.#openings = new TagReader(repository, (tag) => openingFrom(tag, genesis) ?? false);
    this.#closings = new TagReader(repository, (tag) => closingFrom(tag, genesis) ?? false);
  }

  /** `refs`: all below `refs/policy/`. */
  async read(refs: readonly Ref[], kept: Kept, call: Call): Promise<KnownProposals> {
    const keptAnd = (keptFolder: string, folder: string): Ref[] => [
      ...below(kept.refs, keptFolder),
      ...below(refs, folder),
    ];
    const openings = await this.#openings.read(keptAnd(keptRefs.openings, folders.openings), call);
    const closings = await this.#closings.read(keptAnd(keptRefs.closings, folders.closings), call);
    const closed = new Map(closings.read.flatMap((of) => (of ? [[`${of.opening} ${of.key}`, of.oid]] : [])));
    const heads = new Map(refs.map(({ name, oid }) => [name, oid]));
    const valid = openings.read.filter((opening) => opening !== false);
    const all = valid.map((signed): KnownProposal => {
      const branchHead = heads.get(fetched(remoteRefs.head(signed.oid)));
      // Only who opened a proposal closes it.
      const closing = closed.get(`${signed.oid} ${signed.key}`);
      return {
        ...signed,
        id: proposalIdOf(this.#genesis, signed.oid),
        head: branchHead ?? kept.oid(`${keptRefs.heads}${signed.oid}`) ?? signed.opening.head,
        ...(branchHead !== undefined && { branchHead }),
        ...(closing !== undefined && { closing }),
      };
    });
    const isOurs = ({ key }: KnownProposal): boolean => this.#isMemberKey(key);
    return {
      known: [...all.filter(isOurs), ...all.filter((proposal) => !isOurs(proposal))],
      refused: openings.refused + openings.read.length - valid.length,
      unread: openings.unread,
    };
  }
}
