/**
 * A pull's progress out of Ollama's events. They come every 60 ms (server/download.go), leave `completed` out while it is 0,
 * name a layer only when its turn comes, tell a layer that is already there as complete at once, and go back when a part is
 * tried again. What comes out here never goes back.
 */
import { z } from "zod";
import type { LayerProgress, PullOptions, PullPhase, PullProgress } from "../engine.ts";
import { EngineError } from "../error.ts";
import { countOr0, parsed } from "./answers.ts";
import { layersMax } from "./bounds.ts";

const event = z.object({
  status: z.string().max(2_000).nullish(),
  digest: z.string().max(200).nullish(),
  total: countOr0,
  completed: countOr0,
});

const phases: readonly PullPhase[] = ["manifest", "download", "verify", "write"];

export class PullTracker {
  readonly #layers = new Map<string, { completedBytes: number; totalBytes: number }>();
  readonly #expected: ReadonlyMap<string, number>;
  #phase: PullPhase = "manifest";
  #completedBytes = 0;
  #totalBytes = 0;
  readonly #timesTold = new Map<string, number>();
  #done = false;

  constructor(expected: PullOptions["expected"] = []) {
    this.#expected = new Map(expected.map((layer) => [layer.digest, layer.bytes]));
    this.#totalBytes = this.#sum("totalBytes");
  }

  /**
   * Layers that lay there before, which nobody checks: told once, as complete. A layer that is downloaded in less than a tick
   * is complete when first told too, but told again, for Ollama looks whether it is done but once a second.
   */
  get reused(): readonly string[] {
    const once = [...this.#layers].filter(([digest]) => this.#timesTold.get(digest) === 1);
    return once.filter(([, layer]) => layer.completedBytes === layer.totalBytes).map(([digest]) => digest);
  }

  /** The host said `success`. */
  get done(): boolean {
    return this.#done;
  }

  get progress(): PullProgress {
    const layers: LayerProgress[] = [...this.#layers].map(([digest, layer]) => ({ digest, ...layer }));
    return { phase: this.#phase, completedBytes: this.#completedBytes, totalBytes: this.#totalBytes, layers };
  }

  /** Takes one event; `true` where it changed the progress. */
  take(line: Record<string, unknown>): boolean {
    const { status, digest, total, completed } = parsed(event, line, "pull");
    if (status === "success") this.#done = true;
    const later = this.#enter(phaseOf(status ?? "", digest ?? undefined));
    return digest ? this.#count(digest, total, completed) || later : later;
  }

  #enter(phase: PullPhase): boolean {
    if (phases.indexOf(phase) <= phases.indexOf(this.#phase)) return false;
    this.#phase = phase;
    return true;
  }

  #count(digest: string, total: number, completed: number): boolean {
    const known = this.#layers.get(digest);
    if (!known && this.#layers.size >= layersMax) {
      throw new EngineError("BadResponse", `the host named more than ${layersMax} layers of one model`);
    }
    this.#timesTold.set(digest, (this.#timesTold.get(digest) ?? 0) + 1);
    const totalBytes = Math.max(known?.totalBytes ?? 0, total);
    const completedBytes = Math.max(known?.completedBytes ?? 0, Math.min(completed, totalBytes));
    if (known?.totalBytes === totalBytes && known.completedBytes === completedBytes) return false;
    this.#layers.set(digest, { completedBytes, totalBytes });
    this.#totalBytes = Math.max(this.#totalBytes, this.#sum("totalBytes"));
    this.#completedBytes = Math.max(this.#completedBytes, this.#sum("completedBytes"));
    return true;
  }

  #sum(of: "completedBytes" | "totalBytes"): number {
    let sum = 0;
    for (const layer of this.#layers.values()) sum += layer[of];
    if (of === "totalBytes") {
      for (const [digest, bytes] of this.#expected) {
        sum += Math.max(0, bytes - (this.#layers.get(digest)?.totalBytes ?? 0));
      }
    }
    return Math.min(sum, Number.MAX_SAFE_INTEGER);
  }
}

function phaseOf(status: string, digest: string | undefined): PullPhase {
  if (digest !== undefined) return "download";
  if (status.startsWith("verifying")) return "verify";
  if (status === "writing manifest" || status === "success" || status.startsWith("removing")) return "write";
  return "manifest";
}
