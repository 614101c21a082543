/**
 * Reads tag objects, each once: an object never changes. Whoever can push can push a great many, so only so many new ones are
 * read at a time, and those that turned up first come first: neither their number nor a well-chosen object id keeps
 * anybody else's from being read in the end.
 */
import { type Call, GitError, type GitRepository, type GitTag, type Oid, type Ref } from "../../git/repository.ts";

/** New objects that are read in one pass. */
export const tagReadsMax = 2_000;
/** Refs that are looked at in one folder of refs; whoever keeps the remote has to remove some when there are more. */
export const tagRefsMax = 50_000;

/** So many are asked for at once. */
const batchSize = 64;

export interface TagsRead<T> {
  /** What was made of each tag, in the order of object ids. */
  readonly read: readonly T[];
  /** Refs to what is no tag, or to a damaged or a huge one. */
  readonly refused: number;
  /** How many were left for the next time. */
  readonly unread: number;
}

export class TagReader<T> {
  readonly #repository: GitRepository;
  readonly #parse: (tag: GitTag) => T;
  /** Undefined for what is no tag. */
  readonly #known = new Map<Oid, T | undefined>();
  readonly #waiting = new Set<Oid>();

  constructor(repository: GitRepository, parse: (tag: GitTag) => T) {
    this.#repository = repository;
    this.#parse = parse;
  }

  /** `refs`: all that there are now; what was read before and is not among them is forgotten. */
  async read(refs: readonly Ref[], call: Call): Promise<TagsRead<T>> {
    const present = new Set(refs.slice(0, tagRefsMax).map(({ oid }) => oid));
    const beyond = Math.max(0, refs.length - tagRefsMax);
    for (const oid of this.#known.keys()) if (!present.has(oid)) this.#known.delete(oid);
    for (const oid of this.#waiting) if (!present.has(oid)) this.#waiting.delete(oid);
    for (const oid of present) if (!this.#known.has(oid)) this.#waiting.add(oid);
    await this.#readWaiting(call);
    const known = [...this.#known].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    const read = known.filter((value) => value !== undefined);
    return { read, refused: known.length - read.length, unread: this.#waiting.size + beyond };
  }

  async #readWaiting(call: Call): Promise<void> {
    const next = [...this.#waiting].slice(0, tagReadsMax);
    for (let at = 0; at < next.length; at += batchSize) {
      call.signal?.throwIfAborted();
      await Promise.all(next.slice(at, at + batchSize).map((oid) => this.#readOne(oid, call)));
    }
  }

  async #readOne(oid: Oid, call: Call): Promise<void> {
    const tag = await this.#repository.tag(oid, call).catch(noTagIfDamaged);
    this.#known.set(oid, tag && this.#parse(tag));
    this.#waiting.delete(oid);
  }
}

function noTagIfDamaged(error: unknown): undefined {
  if (error instanceof GitError && (error.code === "damaged" || error.code === "too-large")) return undefined;
  throw error;
}
