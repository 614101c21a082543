/** Repositories by number, by name, and by a name that they once had: until that is taken by another. */
import { notFound } from "./refusal.ts";
import { fullName, type Repository } from "./repository.ts";

export class Repositories {
  readonly #all: Repository[] = [];
  /** Old names, in lower case; accounts that were renamed are followed as well, for the name at the time is kept. */
  readonly #former = new Map<string, Repository>();

  add(repository: Repository): void {
    this.#former.delete(fullName(repository).toLowerCase());
    this.#all.push(repository);
  }

  byId(id: number): Repository | undefined {
    return this.#all.find((one) => one.id === id && !one.isDeleted);
  }

  byName(owner: string, name: string): Repository | undefined {
    const wanted = `${owner}/${name}`.toLowerCase();
    return this.#all.find((one) => !one.isDeleted && fullName(one).toLowerCase() === wanted);
  }

  named(name: string): Repository {
    const [owner = "", repository = ""] = name.split("/");
    const found = this.byName(owner, repository);
    if (!found) throw notFound();
    return found;
  }

  /** Where a name that is no more leads to. */
  movedFrom(owner: string, name: string): Repository | undefined {
    const repository = this.#former.get(`${owner}/${name}`.toLowerCase());
    return repository?.isDeleted ? undefined : repository;
  }

  /** To be called before a change of name or owner. */
  remember(repository: Repository): void {
    this.#former.set(fullName(repository).toLowerCase(), repository);
  }

  ownedBy(id: number): Repository[] {
    return this.#all.filter((one) => one.owner.id === id && !one.isDeleted);
  }

  forksOf(repository: Repository): Repository[] {
    return this.#all.filter((one) => one.parent === repository && !one.isDeleted);
  }
}
