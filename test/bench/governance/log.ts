/** How long it takes to check a whole decision log, against what git's own programs take, and how little a proof is. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "../benchmark.ts";
import { startWorker, type Worker } from "../processes/worker.ts";
import { runProgram } from "./program.ts";
import type { ProofSizes, Verified } from "./verifier.ts";

export interface LogMeasurement {
  readonly records: number;
  /** Of the pack that git keeps it in. */
  readonly packBytes: number;
  readonly rounds: readonly LogRound[];
  /** What `git verify-commit` takes for one commit. */
  readonly verifyCommitMs: number;
  readonly proofs: readonly ProofSizes[];
}

export interface LogRound {
  readonly ours: Verified;
  /** `git fsck --full --strict`: every object and its name, and nothing of what is in it. */
  readonly fsckMs: number;
}

const proofSizes = [1_000, 10_000, 100_000];
const commitsVerified = 50;

export async function measureLog(bench: Bench, { records, rounds }: { records: number; rounds: number }) {
  const { scratch, signal, say } = bench;
  const path = join(scratch, "log.git");
  say(`writing a log of ${records} records`);
  const made = await using(bench, (worker) => worker.call<{ tip: string; signer: string }>("make", { path, records }));
  const git = (...args: string[]) => runProgram("git", ["-C", path, ...args], { signal });
  const done: LogRound[] = [];
  for (let round = 0; round < rounds; round++) {
    say(`checking it (${round + 1} of ${rounds})`);
    const ours = await using(bench, (worker) => worker.call<Verified>("verify", { path }));
    if (ours.records !== records) throw new Error(`${ours.records} records were checked, not ${records}`);
    const { ms: fsckMs } = await git("fsck", "--full", "--strict", "--no-dangling", "--no-progress");
    done.push({ ours, fsckMs });
  }
  const signers = join(scratch, "allowed-signers");
  writeFileSync(signers, `* namespaces="git" ${made.signer}\n`);
  const commits = Array.from({ length: commitsVerified }, () => made.tip);
  const { ms } = await git("-c", `gpg.ssh.allowedSignersFile=${signers}`, "verify-commit", ...commits);
  const sizes = [...new Set([...proofSizes.filter((size) => size < records), records])];
  const proofs = await using(bench, (worker) => worker.call<ProofSizes[]>("proofs", { path, sizes }));
  const { output } = await git("count-objects", "-v");
  const packBytes = Number(/^size-pack: (\d+)$/m.exec(output)?.[1] ?? Number.NaN) * 1024;
  return { records, packBytes, rounds: done, verifyCommitMs: ms / commitsVerified, proofs } satisfies LogMeasurement;
}

/** A process of its own, with nothing in memory from before, that ends when the run does. */
async function using<T>({ stack, compiled }: Bench, use: (worker: Worker) => Promise<T>): Promise<T> {
  const worker = stack.add(await startWorker("the log's process", join(compiled, "governance/verifier.js")));
  const answer = await use(worker);
  await worker.stop();
  return answer;
}
