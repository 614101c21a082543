/**
 * Which repository this is, by its number: a name can be given to another one. A repository that only got a new name is followed
 * and said so; one that somebody else owns now, or another one under the old name, is not believed.
 */
import { printable } from "../../../operator/text/printable.ts";
import { ForgeError, type ForgeIdentity } from "../forge.ts";
import type { Authorizer, GitHubApi } from "./api/api.ts";
import { type RepositoryAnswer, repositoryShape } from "./api/shapes.ts";

export interface PlaceOptions {
  /** `owner/name`, as it is in the settings. */
  readonly repository: string;
  /** Its number, once it is pinned. */
  readonly repositoryId?: number | undefined;
}

export interface Place {
  readonly id: number;
  readonly owner: string;
  readonly repo: string;
}

export class RepositoryPlace {
  readonly #options: PlaceOptions;
  readonly #api: GitHubApi;
  readonly #by: Authorizer;
  #known: { place: Place; ownerId: number } | undefined;

  constructor(options: PlaceOptions, api: GitHubApi, by: Authorizer) {
    splitName(options.repository);
    this.#options = options;
    this.#api = api;
    this.#by = by;
  }

  /** Asks anew. Throws a ForgeError (`identity`) where it is not the repository that was pinned. */
  async identify(signal: AbortSignal): Promise<ForgeIdentity> {
    const { repository } = this.#options;
    const answer = await this.#ask(splitName(repository), signal);
    const pinned = this.#options.repositoryId ?? this.#known?.place.id;
    const problem = problemOf(repository, answer, pinned, this.#known?.ownerId);
    if (problem !== undefined) throw new ForgeError("identity", problem);
    const place = { id: answer.id, owner: answer.owner.login, repo: answer.name };
    this.#known = { place, ownerId: answer.owner.id };
    const isRenamed = !sameName(answer.full_name, repository);
    return {
      repository: `github:${answer.id}`,
      name: printable(answer.full_name, nameCharsMax),
      now: this.#api.now(),
      ...(isRenamed && { renamedFrom: printable(repository, nameCharsMax) }),
    };
  }

  /** As of the last look. */
  async place(signal: AbortSignal): Promise<Place> {
    if (!this.#known) await this.identify(signal);
    if (!this.#known) throw new TypeError("the repository was identified, but is not known");
    return this.#known.place;
  }

  #ask(names: { owner: string; repo: string }, signal: AbortSignal): Promise<RepositoryAnswer> {
    return this.#api.get(this.#by, "GET /repos/{owner}/{repo}", names, repositoryShape, signal);
  }
}

const nameCharsMax = 200;

/** Throws a TypeError for what is no `owner/name`. */
export function splitName(repository: string): { owner: string; repo: string } {
  const { owner, repo } = /^(?<owner>[\w-]{1,39})\/(?<repo>[\w.-]{1,100})$/.exec(repository)?.groups ?? {};
  if (owner === undefined || repo === undefined) {
    throw new TypeError(`"${printable(repository, nameCharsMax)}" is no repository on GitHub; write owner/name`);
  }
  return { owner, repo };
}

function problemOf(
  configured: string,
  { id, full_name: name, owner }: RepositoryAnswer,
  pinned: number | undefined,
  ownerId: number | undefined,
): string | undefined {
  const shown = printable(name, nameCharsMax);
  if (pinned !== undefined && id !== pinned) {
    return `${shown} is repository ${id}, but ${pinned} was pinned: somebody made another one under that name, so nothing of it is believed; give the name that ${pinned} has now`;
  }
  const hasOtherName = !sameName(owner.login, splitName(configured).owner);
  // A login can be taken by another account.
  const isOther = hasOtherName || (ownerId !== undefined && owner.id !== ownerId);
  return isOther
    ? `repository ${id} is ${shown} now: it was transferred, or its owner has another name; nothing of it is believed until ${shown} is what the settings name`
    : undefined;
}

/** Capital letters make no difference on GitHub. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
