/**
 * Asks registries what references mean, in the background and apart from any status: one question at a time per deployment,
 * answers and failures kept in memory. What was once taken into a status stays there whatever happens here.
 */
import type { ResolvedModel } from "../apis/model-deployment.ts";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../kube/backoff.ts";
import { backoffMs } from "../kube/backoff.ts";
import type { AtSite } from "../models/registry.ts";
import type { LayerSize } from "./command.ts";
import type { Owner } from "./tasks/tasks.ts";

export interface Resolution {
  readonly model: Omit<ResolvedModel, "resolvedAt">;
  readonly layers: readonly LayerSize[];
  /** What the site's registry has under the name, where that fills itself. */
  readonly atSite?: AtSite;
}

export interface ResolutionFailure {
  /** `ModelErrorCode`, or `Failed` for what has no code. */
  readonly code: string;
  /** A sentence, printable. */
  readonly message: string;
  readonly terminal: boolean;
  readonly attempts: number;
  readonly retryAt: number;
}

export interface ResolutionView {
  /** What was asked last. */
  readonly reference?: string;
  readonly running: boolean;
  /** The last good answer for `reference`. */
  readonly result?: Resolution;
  /** Set while the last question failed. */
  readonly failure?: ResolutionFailure;
  /** When the registry is to be asked again whether the tag has moved. */
  readonly recheckAt: number;
}

export interface ResolutionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly recheckMs: number;
  readonly resolve: (reference: string, owner: Owner, signal: AbortSignal) => Promise<Resolution>;
  readonly describe: (error: unknown) => { code: string; message: string; terminal: boolean; retryAfterMs?: number };
  readonly onChange: (owner: Owner) => void;
  readonly retry?: { baseMs: number; maxMs: number };
}

const retryDefaults = { baseMs: 2_000, maxMs: 300_000 };
/** What is terminal (no such model) is asked again seldom: somebody may push it, or mend the registry. */
const terminalRetryMs = 600_000;

/** How soon to look again for a copy that the site's registry is about to have; later by a quarter of the time that it takes already. */
const copyLookMs = 2_000;

/** The site's registry is there, fills itself, and does not have this content yet. */
export function lacksCopy({ atSite, model }: Resolution): boolean {
  return atSite !== undefined && atSite !== "Away" && atSite !== model.digest;
}

interface Entry {
  view: ResolutionView;
  /** Since when the site's registry has no copy of what was resolved. */
  lackingSince?: number | undefined;
  abort?: AbortController;
  done?: Promise<void>;
}

export class Resolutions {
  readonly #options: ResolutionsOptions;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: ResolutionsOptions) {
    this.#options = options;
  }

  view(uid: string): ResolutionView {
    return this.#entry(uid).view;
  }

  /** Asks, unless the same question is under way; another question ends it. */
  start(owner: Owner, reference: string): void {
    const entry = this.#entry(owner.uid);
    if (this.#closed || (entry.view.running && entry.view.reference === reference)) return;
    entry.abort?.abort(new Error("another reference is asked for"));
    const abort = new AbortController();
    const same = entry.view.reference === reference;
    if (!same) entry.lackingSince = undefined;
    const kept = same ? pick(entry.view) : {};
    entry.view = { ...kept, reference, running: true, recheckAt: entry.view.recheckAt };
    entry.abort = abort;
    entry.done = this.#ask(entry, abort, owner, reference);
  }

  forget(uid: string): void {
    this.#entries.get(uid)?.abort?.abort(new Error("the deployment is gone"));
    this.#entries.delete(uid);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    for (const entry of entries) entry.abort?.abort(new Error("the operator stops"));
    await Promise.all(entries.map(({ done }) => done));
  }

  async #ask(entry: Entry, abort: AbortController, owner: Owner, reference: string): Promise<void> {
    const { clock, resolve } = this.#options;
    try {
      const result = await resolve(reference, owner, abort.signal);
      if (entry.abort !== abort) return;
      entry.lackingSince = lacksCopy(result) ? (entry.lackingSince ?? clock.now()) : undefined;
      entry.view = { reference, running: false, result, recheckAt: clock.now() + this.#recheckMs(entry.lackingSince) };
    } catch (error) {
      if (entry.abort !== abort || abort.signal.aborted) return;
      entry.view = this.#failed(entry.view, reference, error);
    }
    this.#options.onChange(owner);
  }

  #failed(before: ResolutionView, reference: string, error: unknown): ResolutionView {
    const { clock, random, describe, retry = retryDefaults } = this.#options;
    const { code, message, terminal, retryAfterMs = 0 } = describe(error);
    const attempts = (before.failure?.attempts ?? 0) + 1;
    const waitMs = terminal ? terminalRetryMs : backoffMs({ ...retry, jitter: 0.2 }, attempts - 1, random);
    const retryAt = clock.now() + Math.max(waitMs, retryAfterMs);
    return {
      reference,
      running: false,
      ...(before.result ? { result: before.result } : {}),
      failure: { code, message, terminal, attempts, retryAt },
      recheckAt: Math.max(before.recheckAt, retryAt),
    };
  }

  /** After a restart each deployment asks at a time of its own within one interval, so that they do not all ask at once. */
  #entry(uid: string): Entry {
    let entry = this.#entries.get(uid);
    if (!entry) {
      const { clock, random, recheckMs } = this.#options;
      entry = { view: { running: false, recheckAt: clock.now() + recheckMs * random() } };
      this.#entries.set(uid, entry);
    }
    return entry;
  }

  #recheckMs(lackingSince: number | undefined): number {
    const { clock, recheckMs, random } = this.#options;
    const spread = 0.9 + 0.2 * random();
    if (lackingSince === undefined) return recheckMs * spread;
    return Math.min(recheckMs, Math.max(copyLookMs, (clock.now() - lackingSince) / 4)) * spread;
  }
}

function pick(view: ResolutionView): Pick<ResolutionView, "result" | "failure"> {
  return { ...(view.result ? { result: view.result } : {}), ...(view.failure ? { failure: view.failure } : {}) };
}
