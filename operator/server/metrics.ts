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
  readonly room: readonly HostRoom[];
  readonly leader: boolean;
}

/** What a host has for models and what of it is used, strangers' models included; bytes. */
export interface HostRoom {
  readonly host: string;
  readonly memory: { readonly allowed: number; readonly used: number };
  /** Absent: the owner declared no bound. */
  readonly disk?: { readonly allowed: number; readonly used: number };
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
  const roomOf = (resource: "memory" | "disk", help: string): void => {
    gauge(`commonhold_operator_host_${resource}_bytes`, help, ["host", "part"], (to, { room }) => {
      to.reset();
      for (const { host, [resource]: bytes } of room) {
        for (const part of ["allowed", "used"] as const) if (bytes) to.set({ host, part }, bytes[part]);
      }
    });
  };
  roomOf(
    "memory",
    "Memory of a host for models. part: allowed (the owner's share), used (loaded now, strangers' models included).",
  );
  roomOf(
    "disk",
    "Disk of a host for models, where its owner declared it. part: allowed, used (strangers' models included).",
  );
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
