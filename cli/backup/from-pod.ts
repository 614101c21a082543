/**
 * The folder of the governance service, sent by the program of ours in its own pod: no volume has to be mounted elsewhere, the service needs
 * no more rights, and the person needs `create` and `get` on `pods/exec`. kubectl carries it, with whatever sign-in this cluster wants.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";
import { governanceService } from "../../operator/apis/permissions.ts";
import { printable } from "../../operator/text/printable.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { BackupError } from "./backup-error.ts";
import { governanceEntry } from "./contents.ts";

export interface PodOf {
  readonly namespace: string;
  /** Else as kubectl itself finds it. */
  readonly kubeconfig?: string | undefined;
}

/** Longer than any copy that comes at all. */
const msMax = 600_000;
const wordsCharsMax = 2_000;

/** What `sendGovernanceState` sends, below `folder`. Throws a BackupError with kubectl's words. */
export async function stageFromPod(
  folder: string,
  { namespace, kubeconfig }: PodOf,
  { env, signal }: Pick<Surroundings, "env" | "signal">,
): Promise<void> {
  const workload = `deployment/${governanceService.name}`;
  const args = [
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
    ...["--namespace", namespace, "exec", workload, "--container", "governance", "--"],
    ...["commonhold", "governance-state"],
  ];
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(msMax)]);
  const child = spawn("kubectl", args, { env: { ...env }, stdio: ["ignore", "pipe", "pipe"], signal: timeout });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    words = (words + piece).slice(-wordsCharsMax);
  });
  const ended = once(child, "close");
  const received = pipeline(child.stdout, extract({ cwd: folder, filter: isOfGovernance, strict: true }));
  const [end, copy] = await Promise.allSettled([ended, received]);
  signal.throwIfAborted();
  const code: unknown = end.status === "fulfilled" ? end.value[0] : end.reason;
  if (code === 0 && copy.status === "fulfilled" && existsSync(join(folder, governanceEntry))) return;
  const why = code === 0 && copy.status === "rejected" ? copy.reason : code;
  const ending = code === 0 ? "what came is not its folder" : `kubectl ended with ${code}`;
  const said = words.trim() || (why instanceof Error ? why.message : ending);
  throw new BackupError(
    `the pod of the governance service did not send its folder: ${printable(said, wordsCharsMax)}. It takes kubectl, a running ${workload} in ${namespace}, and the right to exec there; or copy the folder and name it with --governance-state`,
    { cause: why instanceof Error ? why : undefined },
  );
}

/** Links, and what lies elsewhere, have no business in it. */
function isOfGovernance(path: string, entry: unknown): boolean {
  const { type } = entry as { type?: string };
  const [root] = governanceEntry.split("/");
  return (type === "File" || type === "Directory") && path.split("/")[0] === root && !path.split("/").includes("..");
}
