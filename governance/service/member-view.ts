/** Who is a member by what is ratified now: for a forge that has to choose what to read first, never for counting votes. */
import { ratifiedDocuments } from "../evidence/documents-at.ts";
import type { GitRepository, Oid } from "../git/repository.ts";

export class MemberView {
  #of: Oid | undefined;
  #keys: ReadonlySet<string> = new Set();
  #accounts: ReadonlySet<number> = new Set();

  hasKey(key: string): boolean {
    return this.#keys.has(key);
  }

  hasAccount(id: number): boolean {
    return this.#accounts.has(id);
  }

  async refresh(repository: GitRepository, ratified: Oid, signal: AbortSignal): Promise<void> {
    if (this.#of === ratified) return;
    const { members } = await ratifiedDocuments(repository, ratified, { signal });
    this.#keys = new Set(members.value.members.flatMap(({ sshKeys }) => sshKeys));
    this.#accounts = new Set(members.value.members.flatMap(({ github }) => (github ? [github.id] : [])));
    this.#of = ratified;
  }
}
