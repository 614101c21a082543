import type { Call, GitRepository, Oid } from "../../git/repository.ts";

/** Answers that are remembered; each costs a process of git, and none ever changes. */
const rememberedMax = 4_096;

/** Whether one commit is in the history of another; false where either is not here. */
export class Containment {
  readonly #repository: GitRepository;
  readonly #answers = new Map<string, boolean>();

  constructor(repository: GitRepository) {
    this.#repository = repository;
  }

  async isIn(commit: Oid, descendant: Oid, call: Call): Promise<boolean> {
    const question = `${commit} ${descendant}`;
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const [a, b] = [await this.#repository.commit(commit, call), await this.#repository.commit(descendant, call)];
    // May arrive with the next fetch: not remembered.
    if (!a || !b) return false;
    const answer = await this.#repository.isAncestor(commit, descendant, call);
    if (this.#answers.size >= rememberedMax) this.#answers.clear();
    this.#answers.set(question, answer);
    return answer;
  }
}
