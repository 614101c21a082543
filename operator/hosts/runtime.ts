/**
 * What the operator holds in memory for one host: the connection and who asks over it, what was last heard, what is being removed. It decides
 * nothing: `plan.ts` does, over a snapshot of this.
 */
import type { ModelHost } from "../apis/model-host.ts";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import type { Engine } from "../engines/engine.ts";
import type { Connect } from "./connect.ts";
import type { Connection } from "./endpoint.ts";
import type { HostLimits } from "./limits.ts";
import { answered, type Liveness, missed, nextProbeMs, notAskedYet } from "./liveness.ts";
import { type HostFacts, type ProbeOutcome, sameFacts } from "./probe.ts";
import { Prober } from "./prober.ts";
import { type QuietState, quietAt, quietHorizonMs } from "./quiet-hours.ts";
import { Readings, type ReadingsContext } from "./readings.ts";
import { Remover } from "./remover.ts";
import { HostUnavailable, type HostView, type WantedRemoval } from "./view.ts";

export interface RuntimeOptions extends ReadingsContext {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: HostLimits;
  readonly connect: Connect;
  /** Something that others can see has changed. */
  readonly onChange: () => void;
  readonly onError: (error: unknown, doing: string) => void;
  readonly stillDue: (removal: WantedRemoval) => boolean;
  readonly mayAct: () => boolean;
}

/** Wanted by somebody, and not written down yet. */
export interface Wish {
  readonly removal: WantedRemoval;
  /** `false`: its ModelHost is gone. */
  readonly written: (durable: boolean) => void;
  readonly failed: (error: Error) => void;
}

export class HostRuntime {
  readonly readings: Readings;
  readonly remover: Remover;
  readonly wishes: Wish[] = [];
  unwantedSince: ReadonlyMap<string, number> = new Map();
  writtenAt: number | undefined;
  view: HostView | undefined;
  connection: Connection | undefined;
  liveness: Liveness;
  facts: HostFacts | undefined;
  readonly #options: RuntimeOptions;
  #line: { readonly engine: Engine; readonly prober: Prober; readonly ended: Promise<void> } | undefined;
  #quiet:
    | { readonly hours: unknown; readonly state: QuietState; readonly from: number; readonly until: number }
    | undefined;
  #disposed = false;

  constructor(options: RuntimeOptions) {
    const { clock, limits } = options;
    this.#options = options;
    this.liveness = notAskedYet(clock.now());
    this.readings = new Readings(options);
    this.remover = new Remover({
      clock,
      limits,
      engine: () => this.engine(),
      refresh: () => this.refresh(),
      stillDue: options.stillDue,
      mayAct: options.mayAct,
      onChange: options.onChange,
    });
  }

  /** Takes up the connection; another one than before begins anew with everything that was heard over the old one. */
  use(connection: Connection): void {
    const before = this.connection;
    this.connection = connection;
    const same =
      before?.kind === "Usable" && connection.kind === "Usable" && before.fingerprint === connection.fingerprint;
    if (same || this.#disposed) return;
    this.#hangUp();
    // Another address may be another machine: what the old one said says nothing of it.
    if (before?.kind === "Usable") this.facts = undefined;
    this.liveness = { ...notAskedYet(this.#options.clock.now()), losses: this.liveness.losses };
    if (connection.kind === "Usable") this.#dial(connection);
  }

  /** Throws `HostUnavailable` where there is no way to talk to it. */
  engine(): Engine {
    if (this.#line) return this.#line.engine;
    const { name } = this.#options;
    const { connection } = this;
    if (connection?.kind === "Unusable")
      throw new HostUnavailable(name, connection.reason, `${name}: ${connection.message}`);
    throw new HostUnavailable(name, "NotAskedYet", `${name}: its endpoint is not known yet`);
  }

  /** Resolves when a probe that began after this call has ended; at once where there is nobody to ask. */
  async refresh(): Promise<void> {
    await this.#line?.prober.refresh();
  }

  /** Costly to compute, and changes at known times only. */
  quiet({ spec }: ModelHost, now: number): QuietState {
    const known = this.#quiet;
    if (known && known.hours === spec.quietHours && known.from <= now && now < known.until) return known.state;
    const state = quietAt(spec.quietHours, now);
    const until =
      state.kind === "Quiet"
        ? state.until
        : state.kind === "Open"
          ? (state.next ?? now + quietHorizonMs / 2)
          : Number.POSITIVE_INFINITY;
    this.#quiet = { hours: spec.quietHours, state, from: now, until };
    return state;
  }

  /** Nothing of it goes on when this resolves. `stopped`: we stop, and know nothing more of the host; without it the host is gone. */
  async dispose(stopped?: Error): Promise<void> {
    this.#disposed = true;
    const ended = this.#hangUp();
    for (const wish of this.wishes.splice(0)) {
      if (stopped) wish.failed(stopped);
      else wish.written(false);
    }
    await Promise.all([ended, this.remover.stop()]);
  }

  #dial({ endpoint }: Extract<Connection, { kind: "Usable" }>): void {
    const { connect, clock, random, limits, onError } = this.#options;
    const engine = connect(endpoint);
    const prober: Prober = new Prober({
      engine,
      clock,
      random,
      limits,
      onOutcome: (outcome) => this.#hear(prober, outcome),
    });
    const ended = prober.run().catch((error: unknown) => onError(error, "probing"));
    this.#line = { engine, prober, ended };
  }

  #hangUp(): Promise<unknown> {
    const line = this.#line;
    this.#line = undefined;
    if (!line) return Promise.resolve();
    line.prober.stop();
    return Promise.all([line.ended, line.engine.close()]).catch((error: unknown) =>
      this.#options.onError(error, "closing the connection"),
    );
  }

  #hear(from: Prober, outcome: ProbeOutcome): number {
    const { clock, limits, onChange, onError } = this.#options;
    if (this.#line?.prober !== from) return limits.awayIntervalMs;
    const before = this.liveness;
    const news = outcome.kind === "Answered" && !sameFacts(this.facts, outcome.facts);
    if (outcome.kind === "Answered") {
      this.liveness = answered(before, news, clock.now(), limits);
      this.facts = outcome.facts;
    } else {
      this.liveness = missed(before, outcome.failure, clock.now(), limits);
    }
    const turned = before.reachable !== this.liveness.reachable || before.asked !== this.liveness.asked;
    const reworded = !this.liveness.reachable && before.failure?.message !== this.liveness.failure?.message;
    if (news || turned || reworded) {
      try {
        onChange();
      } catch (error) {
        onError(error, "taking up what it said");
      }
    }
    return nextProbeMs(this.liveness, this.#busy(), limits);
  }

  #busy(): boolean {
    const status = this.view?.object.status;
    return this.wishes.length > 0 || (status?.made?.length ?? 0) > 0 || (status?.removals?.length ?? 0) > 0;
  }
}
