/**
 * Which key signed the log when. The first is named by the genesis, each later one by a record that the key before it signed too: who
 * trusts one key of the row trusts those after it, as long as none of them came without its predecessor (`isLost`).
 */
import type { PublicNoteKey } from "../../operator/tlog/note/key.ts";
import { formatPublicKey, parsePublicKey } from "../../operator/tlog/note/key.ts";
import { LogError } from "./log-error.ts";
import type { GenesisRecord, KeyRotatedRecord } from "./record.ts";

export interface LogKeyTerm {
  readonly key: PublicNoteKey;
  /** Record that names it. */
  readonly since: number;
  /** Nothing in the log bears out that it follows the key before it. */
  readonly isLost: boolean;
}

export class KeyHistory {
  readonly #terms: LogKeyTerm[];
  readonly #signers: { readonly key: string; readonly since: number }[] = [];

  constructor(genesis: GenesisRecord) {
    this.#terms = [{ key: noteKey(genesis.logKey, 0), since: 0, isLost: false }];
    if (genesis.signer !== undefined) this.#signers.push({ key: genesis.signer, since: 0 });
  }

  get terms(): readonly LogKeyTerm[] {
    return this.#terms;
  }

  get current(): LogKeyTerm {
    return this.#terms.at(-1) as LogKeyTerm;
  }

  /** SSH key that signs commits, where the log says so. */
  get signer(): string | undefined {
    return this.#signers.at(-1)?.key;
  }

  /** SSH keys that may have signed the commit of a record: where one takes over, the one before it too. */
  signersAt(index: number): readonly string[] {
    const current = this.#signers.findLast(({ since }) => since < index || since === 0);
    return this.#signers.filter((one) => one === current || one.since === index).map(({ key }) => key);
  }

  /** Throws a `LogError` for a rotation from another key than the current one. */
  rotate(record: KeyRotatedRecord, index: number): void {
    const { key } = this.current;
    if (record.previousKey !== formatPublicKey(key)) {
      throw new LogError("wrong-key", "rotates from a key that did not sign until then", { index });
    }
    this.#terms.push({ key: noteKey(record.nextKey, index), since: index, isLost: record.isLost === true });
    if (record.nextSigner !== undefined) this.#signers.push({ key: record.nextSigner, since: index });
  }
}

/**
 * Throws a `LogError` (`wrong-key`) unless one of `pinned` is in the row and every key after it follows from it, or is pinned
 * itself, or came within the first `trustedSize` records.
 */
export function assertTrusted(
  terms: readonly LogKeyTerm[],
  pinned: readonly PublicNoteKey[],
  origin: string,
  trustedSize = 0,
): void {
  const texts = new Set(pinned.map(formatPublicKey));
  const last = terms.findLastIndex(({ key }) => texts.has(formatPublicKey(key)));
  if (last < 0) {
    throw new LogError(
      "wrong-key",
      `none of the keys that sign ${origin} is one that you trust; compare with the others`,
    );
  }
  const unproven = terms.slice(last + 1).find(({ isLost, since }) => isLost && since >= trustedSize);
  if (!unproven) return;
  throw new LogError(
    "wrong-key",
    `says that the log's key was lost and that ${formatPublicKey(unproven.key)} signs from here on; ` +
      "only that key says so: ask the others, and trust it if they agree",
    { index: unproven.since },
  );
}

function noteKey(text: string, index: number): PublicNoteKey {
  try {
    const key = parsePublicKey(text);
    if (key.kind === 1) return key;
  } catch (cause) {
    throw new LogError("damaged", "names a key of the log that is none", { index, cause });
  }
  throw new LogError("damaged", "names the key of a witness as the key of the log", { index });
}
