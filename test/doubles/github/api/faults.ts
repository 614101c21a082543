/** What a test can make GitHub do wrong, by the request. */

export type Fault =
  /** Answers so at once. Without a body as GitHub's proxies do: a page for people. */
  | { readonly kind: "status"; readonly status: number; readonly body?: unknown }
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Closes the connection before the request is looked at. */
  | { readonly kind: "close" }
  /** Does what is asked, and then closes the connection instead of answering. */
  | { readonly kind: "lost" }
  /** Does what is asked, and answers half of the body. */
  | { readonly kind: "cut" }
  /** Waits, then answers as usual. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** The hour's quota is used up, until the hour ends. */
  | { readonly kind: "primary-limit"; readonly status?: 403 | 429 }
  /** Too much at once. Without seconds GitHub does not say how long to wait. */
  | { readonly kind: "secondary-limit"; readonly retryAfterSeconds?: number; readonly status?: 403 | 429 }
  /** A cache's old answer: what this token was last told at this address; the truth where it was told nothing yet. */
  | { readonly kind: "stale" };

export class Faults {
  readonly #rules: { matches: (request: string) => boolean; fault: Fault; left: number }[] = [];

  /**
   * The next `times` requests that match meet the fault. `pattern`: `METHOD /path`, where a star stands for anything, or a
   * regular expression over the same with the query. Gives what ends it.
   */
  add(pattern: string | RegExp, fault: Fault, times = 1): () => void {
    const rule = { matches: matcher(pattern), fault, left: times };
    this.#rules.unshift(rule);
    return () => {
      rule.left = 0;
    };
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The newest rule that still counts; takes one of its times. */
  take(method: string, url: string): Fault | undefined {
    const rule = this.#rules.find(({ matches, left }) => left > 0 && matches(`${method} ${url}`));
    if (!rule) return undefined;
    rule.left--;
    return rule.fault;
  }
}

function matcher(pattern: string | RegExp): (request: string) => boolean {
  if (pattern instanceof RegExp) return (request) => pattern.test(request);
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const expression = new RegExp(`^${escaped}$`);
  return (request) => expression.test(request.split("?")[0] ?? "");
}
