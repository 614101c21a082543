/** What the doubles' process and the one that starts it agree on. */

/** Models that a host holds in memory at once. */
export const modelsPerHostMax = 32;

export interface Fleet {
  /** Of the hosts. */
  readonly urls: readonly string[];
  /** One per deployment, each with other bytes. */
  readonly files: readonly { readonly url: string; readonly sha256: string; readonly size: number }[];
}
