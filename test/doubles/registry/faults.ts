/** What can go wrong between a registry and whoever pulls from it. */

export interface RegistryRequest {
  readonly method: string;
  /** Without the query: `/v2/library/tiny/manifests/latest`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The `range` header, where there is one. */
  readonly range: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Act =
  /**
   * The proxy answers; the registry never hears of it. 404, 429 with `retry-after`, 500, a redirect with `location`, …
   */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Accepts the request and never answers. */
  | { readonly kind: "hang" }
  /** Resets the connection before an answer. */
  | { readonly kind: "reset" }
  /** The true answer, later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The true answer at this pace. */
  | { readonly kind: "slow"; readonly bytesPerSecond: number }
  /** The beginning of the true answer, then a reset. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** The beginning of the true answer, then silence on an open connection. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /**
   * The true answer with one bit of one byte flipped, at its own pace or a slower one. `atByte` counts in the whole blob,
   * whatever part is asked for.
   */
  | { readonly kind: "flip"; readonly atByte: number; readonly bytesPerSecond?: number }
  /** The true answer without obeying `range`: the whole file, 200. */
  | { readonly kind: "ignore-range" };

export interface Fault {
  /** Which requests it takes; a text matches where the path holds it. Without it: all. */
  readonly match?: string | RegExp | ((request: RegistryRequest) => boolean);
  /** How many requests it takes before it is over. Without it: all until it is lifted. */
  readonly times?: number;
  readonly act: Act;
}

/** The faults that are laid, the latest first. */
export class Faults {
  readonly #laid: { fault: Fault; left: number }[] = [];

  /** Returns what lifts it. */
  lay(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#laid.unshift(entry);
    return () => {
      const at = this.#laid.indexOf(entry);
      if (at >= 0) this.#laid.splice(at, 1);
    };
  }

  liftAll(): void {
    this.#laid.length = 0;
  }

  /** What happens to this request. Every fault that it uses up is gone afterwards. */
  take(request: RegistryRequest): Act | undefined {
    const entry = this.#laid.find(({ fault, left }) => left > 0 && matches(fault, request));
    if (entry) entry.left--;
    return entry?.fault.act;
  }
}

function matches(fault: Fault, request: RegistryRequest): boolean {
  const { match } = fault;
  if (match === undefined) return true;
  if (typeof match === "string") return request.path.includes(match);
  return match instanceof RegExp ? match.test(request.path) : match(request);
}
