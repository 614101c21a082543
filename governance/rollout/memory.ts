/**
 * What one process remembers between two steps. All of it can be lost: receipts are read off the objects again, waiting
 * begins anew, and what is drift is told by the stamps on the objects.
 */
import type { Receipt } from "../log/record.ts";
import { type Desired, desiredObjects, type Origin, originIn } from "./desired.ts";
import type { GovernedKind } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import type { RolloutPlan } from "./plan.ts";
import type { Target } from "./rollout.ts";

export class Memory {
  #target: { readonly origin: Origin; readonly desired: ReadonlyMap<string, Desired> } | undefined;
  #wasApplied = false;
  #waitingSince: number | undefined;
  readonly #done = new Map<string, Receipt>();
  readonly #settled = new Map<string, string>();

  /** Another target than before begins with nothing done. */
  begin(target: Target, kinds: readonly GovernedKind[]): void {
    const origin = originIn(target);
    if (this.#target?.origin.commit !== origin.commit || this.#target.origin.tree !== origin.tree) {
      this.#done.clear();
      this.#wasApplied = false;
      this.#waitingSince = undefined;
    }
    this.#target = { origin, desired: desiredObjects(target, kinds) };
    if (target.wasApplied) this.#wasApplied = true;
  }

  /** Undefined before the first target. */
  get origin(): Origin | undefined {
    return this.#target?.origin;
  }

  get desired(): ReadonlyMap<string, Desired> {
    return this.#target?.desired ?? new Map();
  }

  get wasApplied(): boolean {
    return this.#wasApplied;
  }

  get waitingSince(): number | undefined {
    return this.#waitingSince;
  }

  /** What was done for the target and not yet told with an `applied`. */
  get done(): ReadonlyMap<string, Receipt> {
    return this.#done;
  }

  did(key: string, receipt: Receipt): void {
    this.#done.set(key, receipt);
  }

  /** Each stage has its own time to become healthy. */
  planned({ commands, standing }: RolloutPlan, now: number): void {
    const isMoving = commands.some((command) => command.kind === "Remove" || command.drift === undefined);
    const waits = standing.state !== "applied" && standing.waitsFor.length > 0;
    if (isMoving || !waits) this.#waitingSince = undefined;
    else this.#waitingSince ??= now;
  }

  /** All of it is told; what comes now is drift. */
  applied(): void {
    this.#wasApplied = true;
    this.#done.clear();
  }

  /** The API server has made of our write what it is now. */
  settle(key: string, live: LiveObject): void {
    this.#settled.set(key, stampOf(live));
  }

  isSettled(key: string, live: LiveObject): boolean {
    return this.#settled.get(key) === stampOf(live);
  }
}

/** Changes with every change of the spec. */
function stampOf({ metadata: { uid, generation } }: LiveObject): string {
  return `${uid}/${generation}`;
}
