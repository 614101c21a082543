/** `kubectl port-forward`, as an administrator opens a way to what listens inside a pod alone. */
import { join } from "node:path";
import { freePort } from "../../cli/up/processes/ports.ts";
import { waitReady } from "../../cli/up/processes/readiness.ts";
import { startProcess } from "../../cli/up/processes/start.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Substrate } from "./substrate.ts";

const openDeadlineMs = 120_000;

/** `to`: `deploy/NAME`. Resolves once `path` is answered there. */
export async function forwardPort(
  node: Substrate,
  { to, port, path }: { to: string; port: number; path: string },
): Promise<{ origin: string; close(): Promise<unknown> }> {
  const local = await freePort();
  const program = await startProcess({
    name: "port-forward",
    command: node.programs.kubectl,
    args: ["-n", systemNamespace, "port-forward", to, `${local}:${port}`],
    env: { PATH: process.env["PATH"], KUBECONFIG: node.kubeconfigPath, HOME: node.logs },
    logPath: join(node.logs, "port-forward.log"),
  });
  const origin = `http://127.0.0.1:${local}`;
  const answers = async (signal: AbortSignal): Promise<boolean> => (await fetch(`${origin}${path}`, { signal })).ok;
  await waitReady(program, answers, { deadlineMs: openDeadlineMs });
  return { origin, close: () => program.stop() };
}
