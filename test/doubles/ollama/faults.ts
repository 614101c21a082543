/** What a test can make a double do wrong, by the path that is asked. */

export type Fault =
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Answers `afterLines` lines of a stream (or half of a whole answer) and then nothing, the connection open. */
  | { readonly kind: "hang-midway"; readonly afterLines: number }
  /** Closes the socket before the first byte of the answer. */
  | { readonly kind: "close" }
  /** Closes the socket after `afterLines` lines of a stream, or half of a whole answer. */
  | { readonly kind: "close-midway"; readonly afterLines: number }
  /** Ends the stream after `afterLines` lines as if that were all. */
  | { readonly kind: "end-midway"; readonly afterLines: number }
  /** Says `error` in a line after `afterLines` lines, inside the 200. */
  | { readonly kind: "error-midway"; readonly afterLines: number; readonly error: string }
  /** Answers so at once; a string body goes out as it is. */
  | { readonly kind: "answer"; readonly status: number; readonly body: unknown; readonly contentType?: string }
  /** Waits, then answers as usual. */
  | { readonly kind: "slow"; readonly delayMs: number };

export class Faults {
  readonly #rules: { path: string; fault: Fault; left: number }[] = [];

  /** From now on requests to `path` (exact, or a prefix that ends in `*`) meet the fault, at most `times`. Gives what ends it. */
  add(path: string, fault: Fault, times = Number.POSITIVE_INFINITY): () => void {
    const rule = { path, fault, left: times };
    this.#rules.unshift(rule);
    return () => {
      rule.left = 0;
    };
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The newest rule that still counts; takes one of its times. */
  take(path: string): Fault | undefined {
    const rule = this.#rules.find(({ path: wanted, left }) => left > 0 && matches(wanted, path));
    if (!rule) return undefined;
    rule.left--;
    return rule.fault;
  }
}

function matches(wanted: string, path: string): boolean {
  return wanted.endsWith("*") ? path.startsWith(wanted.slice(0, -1)) : path === wanted;
}
