/**
 * Proposals on GitHub are the pull requests for the policy branch. Every pass lists them all, and reads what was said on those
 * that changed; what was read before is taken from memory.
 */
import type { Logger } from "pino";
import { printable } from "../../../../operator/text/printable.ts";
import { type ForgeBallot, ForgeError, type ForgeProposal, type ForgeProposals } from "../../forge.ts";
import { isAbsence } from "../api/failure.ts";
import type { Pull } from "../api/shapes.ts";
import type { Place } from "../place.ts";
import { endOf, listPulls } from "./pulls.ts";
import { type PullContent, type Reader, readPull } from "./read-pull.ts";
import { type Reading, readingOrder } from "./reading-order.ts";
import type { SignedBallots } from "./signed-ballots.ts";

/** Open ones that are given in one pass, and as many that ended. */
export const proposalsMax = 200;
const titleCharsMax = 300;

export interface ProposalOptions {
  /** Name of the policy branch. */
  readonly branch: string;
  /** Whether a GitHub account is some member's, by number. */
  readonly isMember: (id: number) => boolean;
  readonly signed: SignedBallots;
  readonly logger: Pick<Logger, "warn">;
}

export class GitHubProposals {
  readonly #options: ProposalOptions;
  readonly #contents = new Map<number, PullContent>();
  #pulls: readonly Pull[] = [];

  constructor(options: ProposalOptions) {
    this.#options = options;
  }

  /** `since`: ms. Throws a ForgeError where a merged one cannot be read: without it nothing can be judged. */
  async list(reader: Reader, since: number, signal: AbortSignal): Promise<ForgeProposals> {
    const { api, actor, place } = reader;
    const { branch, isMember, signed } = this.#options;
    const { pulls, isCut } = await listPulls(api, actor, place, branch, since, signal);
    this.#pulls = pulls;
    const numbers = new Set(pulls.map(({ number }) => number));
    for (const number of this.#contents.keys()) if (!numbers.has(number)) this.#contents.delete(number);
    const order = readingOrder(pulls, (number) => this.#contents.get(number), isMember, api.now());
    for (const reading of order) await this.#read(reader, reading, signal);
    const shown = this.#shown(pulls);
    const boxes = await signed.of(
      shown.map(({ pull }) => pull.number),
      { signal },
    );
    const proposals = shown.map(({ pull, content }) => {
      return proposalOf(place, pull, content, boxes.get(pull.number) ?? []);
    });
    const listed = new Set(shown.map(({ pull }) => pull.number));
    const left = pulls.filter(({ number }) => !listed.has(number));
    const omittedIds = left.map(({ number }) => proposalId(place, number));
    return { proposals, omitted: left.length + (isCut ? 1 : 0), omittedIds };
  }

  /** What was read last; undefined where nothing was. */
  contentOf(number: number): PullContent | undefined {
    return this.#contents.get(number);
  }

  /** Whether a member opened it or voted on it, as of the last list. */
  isMembers(number: number): boolean {
    const pull = this.#pulls.find((one) => one.number === number);
    const content = this.#contents.get(number);
    return pull !== undefined && content !== undefined && this.#rank({ pull, content }) < 2;
  }

  /** Of those that were merged, as of the last list. */
  mergedBy(commit: string): Pull | undefined {
    return this.#pulls.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
  }

  async #read(reader: Reader, { pull, tier }: Reading, signal: AbortSignal): Promise<void> {
    if (!reader.api.allows(tier)) return;
    try {
      this.#contents.set(pull.number, await readPull(reader, pull, this.#contents.get(pull.number), signal));
    } catch (error) {
      const code = error instanceof ForgeError ? error.code : undefined;
      if (isAbsence(error) || code === "invalid" || (code === "limited" && tier !== "essential")) {
        this.#contents.delete(pull.number);
        this.#options.logger.warn({ err: error, pull: pull.number }, "a pull request could not be read");
        return;
      }
      throw error;
    }
  }

  /** Members' first. One that changed since it was read is left out: a vote that is not known may be a veto. */
  #shown(pulls: readonly Pull[]): { pull: Pull; content: PullContent }[] {
    const read = pulls.flatMap((pull) => {
      const content = this.#contents.get(pull.number);
      return content?.updatedAt === pull.updated_at ? [{ pull, content }] : [];
    });
    const ranked = read.toSorted((a, b) => this.#rank(a) - this.#rank(b) || a.pull.number - b.pull.number);
    const open = ranked.filter(({ pull }) => pull.state === "open").slice(0, proposalsMax);
    const over = ranked.filter(({ pull }) => pull.state === "closed");
    // The latest that ended: the earlier ones are in the log.
    const latest = over.toSorted((a, b) => (endOf(b.pull) ?? 0) - (endOf(a.pull) ?? 0)).slice(0, proposalsMax);
    return [...open, ...over.filter((one) => latest.includes(one))];
  }

  #rank({ pull, content }: { pull: Pull; content: PullContent }): number {
    const isMembers = (account: ForgeProposal["proposer"]): boolean => {
      return account.kind === "github" && this.#options.isMember(account.id);
    };
    if (isMembers(pull.user)) return 0;
    return content.ballots.some(({ by }) => isMembers(by)) ? 1 : 2;
  }
}

function proposalOf(place: Place, pull: Pull, content: PullContent, signed: readonly ForgeBallot[]): ForgeProposal {
  const { number, title, user, merged_at: mergedAt, merge_commit_sha: mergeCommit } = pull;
  const { openedAt, head, ballots } = content;
  const isMerged = mergedAt !== null;
  return {
    id: proposalId(place, number),
    label: `#${number}`,
    ...(/^https?:\/\//.test(pull.html_url) && { url: printable(pull.html_url, titleCharsMax) }),
    title: printable(title, titleCharsMax),
    proposer: user,
    openedAt,
    state: isMerged ? "merged" : pull.state,
    // Of an open one it is a commit of GitHub's own that tries the merge.
    ...(isMerged && { mergedAt, ...(mergeCommit && { mergeCommit }) }),
    head,
    isEmergency: pull.isEmergency,
    ballots: [...ballots, ...signed],
  };
}

export function proposalId({ id }: Place, number: number): string {
  return `github:${id}/${number}`;
}

/** Undefined for one of another place, for example from before the community came to GitHub. */
export function numberOf({ id }: Place, proposal: string): number | undefined {
  const [, repository, number] = /^github:(\d+)\/(\d+)$/.exec(proposal) ?? [];
  return repository === String(id) ? Number(number) : undefined;
}
