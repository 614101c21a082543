/** What the operator counts, in Prometheus' form. One registry per operator, so that two in one process (tests) do not mix. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface OperatorMetrics {
  readonly registry: Registry;
  readonly reconciles: Counter<"controller" | "outcome">;
  readonly reconcileSeconds: Histogram<"controller">;
  readonly statusWrites: Counter<"kind" | "outcome">;
  readonly transferredBytes: Counter;
  readonly steps: Counter<"step" | "outcome">;
  /** Reads the given numbers whenever metrics are asked for. */
  observe(read: () => Observed): void;
}

export interface Observed {
  /** By controller. */
  readonly queueDepth: Readonly<Record<string, number>>;
  readonly tasksRunning: number;
  readonly hosts: { readonly reachable: number; readonly away: number };
  readonly leader: boolean;
}

const reconcileBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createOperatorMetrics(): OperatorMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let read: (() => Observed) | undefined;
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    set: (to: Gauge<L>, now: Observed) => void,
  ) =>
    new Gauge<L>({
      name,
      help,
      labelNames,
      registers,
      collect() {
        if (read) set(this, read());
      },
    });
  gauge("commonhold_operator_queue_depth", "Objects that wait for a worker.", ["controller"], (to, { queueDepth }) => {
    for (const [controller, depth] of Object.entries(queueDepth)) to.set({ controller }, depth);
  });
  gauge("commonhold_operator_tasks_running", "Steps that run on hosts now.", [], (to, now) => to.set(now.tasksRunning));
  gauge("commonhold_operator_hosts", "ModelHosts by whether they answer.", ["state"], (to, { hosts }) => {
    to.set({ state: "reachable" }, hosts.reachable);
    to.set({ state: "away" }, hosts.away);
  });
  gauge("commonhold_operator_leader", "1 while this process leads.", [], (to, now) => to.set(now.leader ? 1 : 0));
  return {
    registry,
    observe(from) {
      read = from;
    },
    reconciles: new Counter({
      name: "commonhold_operator_reconciles_total",
      help: "Passes over an object, by how they ended.",
      labelNames: ["controller", "outcome"],
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: "commonhold_operator_reconcile_seconds",
      help: "Duration of a pass over an object.",
      labelNames: ["controller"],
      buckets: reconcileBuckets,
      registers,
    }),
    statusWrites: new Counter({
      name: "commonhold_operator_status_writes_total",
      help: "Writes of a status, by kind of object and outcome.",
      labelNames: ["kind", "outcome"],
      registers,
    }),
    transferredBytes: new Counter({
      name: "commonhold_operator_transferred_bytes_total",
      help: "Bytes of models that hosts downloaded or were sent, as they tell.",
      registers,
    }),
    steps: new Counter({
      name: "commonhold_operator_steps_total",
      help: "Steps on hosts, by kind and outcome.",
      labelNames: ["step", "outcome"],
      registers,
    }),
  };
}
