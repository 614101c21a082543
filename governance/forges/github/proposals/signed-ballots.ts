/**
 * Ballots that are signed with SSH keys, cast on GitHub: the same tags as in plain git, in refs of the policy repository. Whoever
 * may push there may delete one; those of members are kept here once they were seen.
 */

import type { Call, GitRepository } from "../../../git/repository.ts";
import type { ForgeBallot } from "../../forge.ts";
import { type BallotBox, BallotReader } from "../../git/ballots.ts";
import { below, Kept, keptRefs } from "../../git/kept.ts";
import { ballotBoxOnGithub } from "../../git/names.ts";

const fetchedBallots = "refs/policy/commonhold/ballots/";

export class SignedBallots {
  readonly #repository: GitRepository;
  readonly #isMemberKey: (key: string) => boolean;
  readonly #reader: BallotReader;

  constructor(repository: GitRepository, isMemberKey: (key: string) => boolean) {
    this.#repository = repository;
    this.#isMemberKey = isMemberKey;
    this.#reader = new BallotReader(repository);
  }

  /** By number of the pull request. */
  async of(numbers: readonly number[], call: Call): Promise<ReadonlyMap<number, readonly ForgeBallot[]>> {
    const isMemberKey = this.#isMemberKey;
    const boxNames = new Map(numbers.map((number) => [ballotBoxOnGithub(number), number]));
    const kept = await Kept.read(this.#repository, call);
    const fetched = await this.#repository.refs(fetchedBallots, call);
    const refs = [...below(kept.refs, keptRefs.ballots), ...fetched].filter(({ name }) => {
      return boxNames.has(name.split("/").at(-2) ?? "");
    });
    const boxes = await this.#reader.boxes(refs, { ...call, isMemberKey });
    for (const [box, { ballots }] of boxes) await this.#keep(kept, box, ballots, call);
    return new Map(
      [...boxes].flatMap(([box, { ballots }]: [string, BallotBox]): [number, readonly ForgeBallot[]][] => {
        const number = boxNames.get(box);
        return number === undefined ? [] : [[number, ballots]];
      }),
    );
  }

  async #keep(kept: Kept, box: string, ballots: readonly ForgeBallot[], call: Call): Promise<void> {
    for (const { id, signature } of ballots) {
      const isMembers = signature?.isValid === true && this.#isMemberKey(signature.key);
      if (isMembers) await kept.keep(`${keptRefs.ballots}${box}/${id}`, id, call);
    }
  }
}
