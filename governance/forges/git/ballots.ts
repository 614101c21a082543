/**
 * Signed ballots, wherever their refs lie: in plain git and on GitHub they are the same tags. What is unsigned or broken is
 * listed as well, with a signature that does not hold, so that whoever cast it can be told why it does not count.
 */
import type { Call, GitRepository, GitTag, Oid, Ref } from "../../git/repository.ts";
import { signatureOf } from "../../signatures/signature-of.ts";
import type { ForgeBallot } from "../forge.ts";
import { parseBallot } from "./ballot.ts";
import { TagReader } from "./tag-reader.ts";

/** Ballots of one key on one proposal; a member who casts more hides some of their own. */
export const ballotsOfKeyMax = 64;
/** Ballots on one proposal that no member signed; they count for nothing and are listed for the reports only. */
export const strangersBallotsMax = 64;

/** Stands where a key would where there is none. */
export const unsignedKey = "unsigned";

export interface BallotOptions extends Call {
  /** Whether a key is some member's: theirs are never left out because of the number of others. */
  readonly isMemberKey?: ((key: string) => boolean) | undefined;
}

export interface BallotBox {
  /** In the order of object ids: when each one came is known only to who was looking. */
  readonly ballots: readonly ForgeBallot[];
  /** How many were left out, because of a limit. */
  readonly omitted: number;
}

/** All ballots whose refs lie below `prefix`, for example `refs/policy/commonhold/ballots/github-7/`. */
export async function readBallots(
  repository: GitRepository,
  prefix: string,
  options: BallotOptions = {},
): Promise<BallotBox> {
  const [refs, reader] = [await repository.refs(prefix, options), new TagReader(repository, ballotFrom)];
  const { read, unread } = await reader.read(refs, options);
  const chosen = chosenBallots(read, options.isMemberKey);
  return { ...chosen, omitted: chosen.omitted + unread };
}

/** Remembers what it read, for who looks again and again: each object is read once. */
export class BallotReader {
  readonly #tags: TagReader<ForgeBallot>;

  constructor(repository: GitRepository) {
    this.#tags = new TagReader(repository, ballotFrom);
  }

  /** `refs`: `…/<box>/<ballot>`, all that there are; several may name one ballot. */
  async boxes(refs: readonly Ref[], options: BallotOptions): Promise<ReadonlyMap<string, BallotBox>> {
    const { read } = await this.#tags.read(refs, options);
    const ballots = new Map(read.map((ballot) => [ballot.id, ballot]));
    const boxes = new Map<string, Set<Oid>>();
    for (const { name, oid } of refs) {
      const box = name.split("/").at(-2) ?? "";
      boxes.set(box, (boxes.get(box) ?? new Set()).add(oid));
    }
    const boxed = [...boxes].map(([box, oids]): [string, BallotBox] => {
      const here = [...oids].toSorted().flatMap((oid) => ballots.get(oid) ?? []);
      const chosen = chosenBallots(here, options.isMemberKey);
      return [box, { ...chosen, omitted: chosen.omitted + oids.size - here.length }];
    });
    return new Map(boxed);
  }
}

/** The ballot that a tag is. */
export function ballotFrom(tag: GitTag): ForgeBallot {
  const signature = signatureOf(tag);
  const said = parseBallot(tag.message);
  const key = signature?.key ?? unsignedKey;
  const isWhole = said !== undefined && said.head === tag.object;
  return {
    id: tag.oid,
    by: { kind: "key", key },
    choice: said?.choice ?? "abstain",
    head: said?.head ?? tag.object,
    // Never left out: that would mean the plan that was shown.
    plan: said?.plan ?? "",
    ...(said && { proposal: said.proposal }),
    isEmergency: said?.emergency ?? false,
    replaces: said?.replaces ?? [],
    isEdited: false,
    isReasoned: said?.reason !== undefined,
    signature: { key, isValid: signature?.isValid === true && isWhole, object: tag.oid },
  };
}

function chosenBallots(
  all: readonly ForgeBallot[],
  isMemberKey: (key: string) => boolean = () => true,
): { ballots: readonly ForgeBallot[]; omitted: number } {
  const byKey = new Map<string, ForgeBallot[]>();
  const strangers: ForgeBallot[] = [];
  for (const ballot of all) {
    const { key, isValid } = ballot.signature ?? { key: unsignedKey, isValid: false };
    const ofKey = byKey.get(key);
    if (!isValid || !isMemberKey(key)) strangers.push(ballot);
    else if (ofKey) ofKey.push(ballot);
    else byKey.set(key, [ballot]);
  }
  const chosen = new Set([
    ...[...byKey.values()].flatMap((ballots) => latestFirst(ballots).slice(0, ballotsOfKeyMax)),
    ...strangers.slice(0, strangersBallotsMax),
  ]);
  return { ballots: all.filter((ballot) => chosen.has(ballot)), omitted: all.length - chosen.size };
}

/** Those first that no other one of the same voter replaces. */
function latestFirst(ballots: readonly ForgeBallot[]): readonly ForgeBallot[] {
  if (ballots.length <= ballotsOfKeyMax) return ballots;
  const replaced = new Set(ballots.flatMap(({ replaces }) => replaces));
  return ballots.toSorted((a, b) => Number(replaced.has(a.id)) - Number(replaced.has(b.id)));
}
