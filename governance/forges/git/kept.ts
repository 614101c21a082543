/**
 * What members said once stays said. Whoever may push to a remote may as well delete a ref there, and with it a ballot; so what
 * members signed, and the heads that they proposed, get refs of this repository's own, which no fetch removes. They also
 * keep the objects that a verdict is recomputed from years later.
 */
import type { Call, GitRepository, Oid, Ref } from "../../git/repository.ts";

const folder = "refs/commonhold/kept/";

export const keptRefs = {
  folder,
  openings: `${folder}openings/`,
  ballots: `${folder}ballots/`,
  closings: `${folder}closings/`,
  heads: `${folder}heads/`,
  reverts: `${folder}reverts/`,
} as const;

/** All refs that are kept now, and a way to keep more. */
export class Kept {
  readonly refs: readonly Ref[];
  readonly #repository: GitRepository;
  readonly #oids: Map<string, Oid>;

  private constructor(repository: GitRepository, refs: readonly Ref[]) {
    this.#repository = repository;
    this.refs = refs;
    this.#oids = new Map(refs.map(({ name, oid }) => [name, oid]));
  }

  static async read(repository: GitRepository, call: Call): Promise<Kept> {
    return new Kept(repository, await repository.refs(folder, call));
  }

  oid(name: string): Oid | undefined {
    return this.#oids.get(name);
  }

  /** Does nothing where it is kept already. */
  async keep(name: string, oid: Oid, call: Call): Promise<void> {
    if (this.#oids.get(name) === oid) return;
    await this.#repository.updateRef(name, oid, undefined, call);
    this.#oids.set(name, oid);
  }
}

export function below(refs: readonly Ref[], prefix: string): Ref[] {
  return refs.filter(({ name }) => name.startsWith(prefix));
}
