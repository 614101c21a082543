/**
 * Long work on hosts (pulls, uploads, loads) in the background, one task at a time per replica, so that no worker and no other
 * host waits for it. A task tells its progress while it runs; its outcome stays here until the status in the cluster holds
 * what came of it (`acknowledge`), so that a status write that fails loses nothing. A restart forgets all tasks: the plan
 * starts again what the status says is unfinished.
 */
import type { Clock } from "../../clock/clock.ts";
import type { TaskStep } from "../command.ts";
import type { TaskProgress, TaskResult } from "./outcome.ts";

/** Outcomes kept per deployment; a chain has fewer steps than this between two status writes. */
const outcomesMax = 64;

export interface TaskView {
  readonly id: number;
  readonly replica: string;
  readonly host: string;
  readonly step: TaskStep;
  readonly startedAt: number;
  readonly progress?: TaskProgress;
  /** Absent while it runs. */
  readonly end?: TaskEnd;
}

export interface TaskEnd {
  readonly at: number;
  readonly result?: TaskResult;
  /** Set where it failed. */
  readonly error?: unknown;
}

/** Which deployment a task belongs to. */
export interface Owner {
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
}

export type TaskRun = (
  step: TaskStep,
  host: string,
  signal: AbortSignal,
  report: (progress: TaskProgress) => void,
) => Promise<TaskResult>;

export interface TasksOptions {
  readonly clock: Clock;
  readonly run: TaskRun;
  /** Something about this deployment's tasks changed: progress, or an end. */
  readonly onChange: (owner: Owner, change: "progress" | "end") => void;
}

interface Task {
  readonly owner: Owner;
  readonly abort: AbortController;
  readonly done: Promise<void>;
  view: TaskView;
  stopped: boolean;
}

export class Tasks {
  readonly #options: TasksOptions;
  readonly #tasks = new Map<number, Task>();
  #lastId = 0;
  #closed = false;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  /** Starts a step. Does nothing where the replica has a task that still runs: the plan looks again when that ends. */
  start(owner: Owner, replica: string, host: string, step: TaskStep): void {
    if (this.#closed || this.#running(owner.uid, replica)) return;
    const id = ++this.#lastId;
    const abort = new AbortController();
    const view: TaskView = { id, replica, host, step, startedAt: this.#options.clock.now() };
    // The run begins in a later turn, so that the task is in the map when it first reports.
    const done = Promise.resolve().then(() => this.#run(id, step, host, abort.signal));
    this.#tasks.set(id, { owner, abort, done, view, stopped: false });
  }

  /** Running tasks, and outcomes that are not acknowledged, oldest first. */
  list(uid: string): readonly TaskView[] {
    return [...this.#tasks.values()].filter(({ owner }) => owner.uid === uid).map(({ view }) => view);
  }

  /** Aborts the replica's task; it is gone from the list once it has ended, without an outcome. */
  stop(uid: string, replica: string): void {
    for (const task of this.#tasks.values()) {
      if (task.owner.uid !== uid || task.view.replica !== replica || task.view.end) continue;
      task.stopped = true;
      task.abort.abort(new Error("no longer wanted"));
    }
  }

  /** The outcomes are in the status now. */
  acknowledge(ids: Iterable<number>): void {
    for (const id of ids) if (this.#tasks.get(id)?.view.end) this.#tasks.delete(id);
  }

  /** The deployment is gone: aborts what runs and forgets all. */
  forget(uid: string): void {
    for (const [id, task] of this.#tasks) {
      if (task.owner.uid !== uid) continue;
      task.stopped = true;
      task.abort.abort(new Error("the deployment is gone"));
      if (task.view.end) this.#tasks.delete(id);
    }
  }

  get runningCount(): number {
    return [...this.#tasks.values()].filter(({ view }) => !view.end).length;
  }

  /** How many run on each host. */
  busy(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { view } of this.#tasks.values()) {
      if (!view.end) counts.set(view.host, (counts.get(view.host) ?? 0) + 1);
    }
    return counts;
  }

  /** Aborts everything and resolves when it has ended. Nothing starts afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    const tasks = [...this.#tasks.values()];
    for (const task of tasks) {
      task.stopped = true;
      task.abort.abort(new Error("the operator stops"));
    }
    await Promise.all(tasks.map(({ done }) => done));
    this.#tasks.clear();
  }

  #running(uid: string, replica: string): boolean {
    return [...this.#tasks.values()].some(
      ({ owner, view }) => owner.uid === uid && view.replica === replica && !view.end,
    );
  }

  async #run(id: number, step: TaskStep, host: string, signal: AbortSignal): Promise<void> {
    const report = (progress: TaskProgress): void => this.#update(id, { progress }, "progress");
    try {
      const result = await this.#options.run(step, host, signal, report);
      this.#end(id, { at: this.#options.clock.now(), result });
    } catch (error) {
      this.#end(id, { at: this.#options.clock.now(), error });
    }
  }

  #end(id: number, end: TaskEnd): void {
    const task = this.#tasks.get(id);
    if (!task) return;
    if (task.stopped) this.#tasks.delete(id);
    this.#update(id, { end }, "end", task);
    this.#trim(task.owner.uid);
  }

  #update(id: number, change: Partial<TaskView>, kind: "progress" | "end", gone?: Task): void {
    const task = this.#tasks.get(id) ?? gone;
    if (!task || task.view.end) return;
    task.view = { ...task.view, ...change };
    if (!this.#closed) this.#options.onChange(task.owner, kind);
  }

  #trim(uid: string): void {
    const ended = [...this.#tasks.values()].filter(({ owner, view }) => owner.uid === uid && view.end);
    for (const task of ended.slice(0, Math.max(0, ended.length - outcomesMax))) this.#tasks.delete(task.view.id);
  }
}
