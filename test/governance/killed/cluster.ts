/** A cluster that is at once what it is told to be, and knows by the log alone, in the plainest words, whether that was allowed then. */

import type { DecisionLog, LoggedRecord } from "../../../governance/log/decision-log.ts";
import type { Rollout, Target } from "../../../governance/rollout/rollout.ts";
import type { Clock } from "../../../operator/clock/clock.ts";

export class TestCluster {
  #inForce = "";
  #published = 0;
  #shown = 0;
  /** What was in force without a right to it. */
  readonly #wrongs: string[] = [];

  copy(): TestCluster {
    const copy = new TestCluster();
    [copy.#inForce, copy.#published, copy.#shown] = [this.#inForce, this.#published, this.#shown];
    copy.#wrongs.push(...this.#wrongs);
    return copy;
  }

  state(): string[] {
    return [`in force ${this.#inForce}`, `published ${this.#published}, shown ${this.#shown}`, ...this.#wrongs];
  }

  publish(records: number): void {
    this.#published = records;
  }

  show(records: number): void {
    this.#shown = records;
  }

  /** `durable`: what is left of the log when a process ends. */
  rollout(clock: Clock, durable: DecisionLog): Rollout {
    return {
      advance: async (target) => {
        const { commit, overlays, policy } = target;
        this.#wrongs.push(...wrongsOf(target, durable.records, clock.now()));
        const over = overlays.map(({ proposal, object: { kind, name } }) => `${kind} ${name} by ${proposal}`);
        this.#inForce = [commit, ...over].join(", ");
        return { state: "applied", receipts: [], unchanged: policy.objects.length };
      },
      changed: () => new Promise(() => undefined),
      run: async () => undefined,
    };
  }
}

/** What of a target has no right to be in force at that time; empty for a good one. */
export function wrongsOf({ commit, overlays }: Target, logged: readonly LoggedRecord[], now: number): string[] {
  const records = logged.map(({ record }) => record);
  const [genesis] = records;
  const isGenesis = genesis?.kind === "genesis" && genesis.commit === commit;
  const ratified = records.flatMap((record) => (record.kind === "ratified" ? [record] : []));
  const own = ratified.findIndex(({ merge }) => merge?.commit === commit);
  const below = ratified.slice(0, own + 1);
  const early = below.filter(({ times }) => now < (times.appliesAt ?? Number.POSITIVE_INFINITY));
  return [
    ...(isGenesis || own >= 0 ? [] : [`${commit} was in force and never ratified`]),
    ...early.map(({ proposal }) => `${commit} was in force before the time of ${proposal}`),
    ...overlays.flatMap(({ proposal }) => {
      const called = records.find((record) => record.kind === "emergency" && record.proposal === proposal);
      if (called?.kind !== "emergency") return [`${proposal} was in force and never called`];
      const isEnded = records.some((record) => record.kind === "emergencyEnded" && record.proposal === proposal);
      return isEnded || now >= (called.times.expiresAt ?? 0) ? [`${proposal} was in force after its end`] : [];
    }),
  ];
}
