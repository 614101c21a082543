/**
 * Does one step on one host. Whatever came of it, the host is asked anew before the task ends, so that the next plan sees what is
 * there and not what was.
 */
import type { Engine } from "../../engines/engine.ts";
import type { HostDirectory } from "../../hosts/view.ts";
import { HostUnavailable } from "../../hosts/view.ts";
import type { FileToSend, TaskStep } from "../command.ts";
import { aliasBase, dropPulled, pull } from "./from-registry.ts";
import { loadAndProbe } from "./load.ts";
import { makeBase, makeServed } from "./make.ts";
import type { TaskProgress, TaskResult } from "./outcome.ts";
import type { TaskRun } from "./tasks.ts";

/** Streams a file whose content is checked on the way: the stream fails where sha256 or size differ. */
export type OpenFile = (file: FileToSend, signal: AbortSignal) => AsyncIterable<Uint8Array>;

export interface StepContext {
  readonly engine: Engine;
  readonly host: string;
  readonly signal: AbortSignal;
  readonly report: (progress: TaskProgress) => void;
  readonly openFile: OpenFile;
}

/** `mayAct`: whether this process still leads. One that was frozen past its lease changes nothing on any host when it wakes. */
export function taskRunner(
  hosts: Pick<HostDirectory, "get" | "refresh">,
  openFile: OpenFile,
  mayAct: () => boolean,
): TaskRun {
  return async (step, host, signal, report) => {
    if (!mayAct()) throw new Error("this process no longer leads");
    const view = hosts.get(host);
    if (!view) throw new HostUnavailable(host, "NoHost", `${host} is no longer a ModelHost`);
    try {
      return await doStep(step, { engine: view.engine(), host, signal, report, openFile });
    } finally {
      if (!signal.aborted) await hosts.refresh(host, { signal }).catch(() => undefined);
    }
  };
}

function doStep(step: TaskStep, context: StepContext): Promise<TaskResult> {
  switch (step.kind) {
    case "Pull":
      return pull(step, context);
    case "Alias":
      return aliasBase(step, context);
    case "DropPulled":
      return dropPulled(step, context);
    case "MakeBase":
      return makeBase(step, context);
    case "MakeServed":
      return makeServed(step, context);
    case "Load":
      return loadAndProbe(step, context);
  }
}
