/** A process of the benchmark's own (load, upstream, doubles) that takes commands. It ends with us, however we end. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Stoppable } from "../../../cli/up/processes/stack.ts";
import type { Call, Reply } from "./serve.ts";

export interface Worker extends Stoppable {
  readonly pid: number;
  /** Rejects with the words of whatever the command threw, or when the process ends before it answers. */
  call<Result>(command: string, argument?: unknown): Promise<Result>;
}

const stopGraceMs = 3_000;

/** `entry`: compiled module that calls `serveParent`. */
export async function startWorker(name: string, entry: string): Promise<Worker> {
  const child = fork(entry, [], { stdio: ["ignore", 2, 2, "ipc"], execArgv: [] });
  const waiting = new Map<number, (reply: Reply) => void>();
  let ended: string | undefined;
  let calls = 0;
  child.on("message", (reply: Reply) => waiting.get(reply.call)?.(reply));
  const exited = once(child, "exit").then(([code, signal]) => {
    ended = `${name} ended (${signal ?? `exit code ${code}`})`;
    for (const [call, answer] of waiting) answer({ call, error: ended });
  });
  await once(child, "spawn");
  return {
    name,
    pid: child.pid as number,
    async call<Result>(command: string, argument?: unknown) {
      if (ended !== undefined) throw new Error(ended);
      const call: Call = { call: ++calls, command, argument };
      const reply = await new Promise<Reply>((resolve) => {
        waiting.set(call.call, resolve);
        child.send(call);
      });
      waiting.delete(call.call);
      if (reply.error !== undefined) throw new Error(`${name}: ${reply.error}`);
      return reply.result as Result;
    },
    async stop() {
      if (child.connected) child.disconnect();
      const kill = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
      await exited;
      clearTimeout(kill);
    },
  };
}
