/** Process: makes a log of many records, or checks one whole, as `commonhold log verify` does. Its own start is in no number. */
import { writeBigLog } from "../../../governance/log/big-log.fixture.ts";
import type { CheckedLog } from "../../../governance/log/checked-log.ts";
import { recordFile } from "../../../governance/log/entry.ts";
import { logKey, origin, signer } from "../../../governance/log/log-world.fixture.ts";
import { formatProof } from "../../../governance/log/proof-file.ts";
import { logRef } from "../../../governance/log/remote-log.ts";
import { verifyLog } from "../../../governance/log/verify-log.ts";
import { serveParent } from "../processes/serve.ts";
import { openAt } from "./repository.ts";

export interface Verified {
  readonly records: number;
  readonly ms: number;
  /** Of the process, on whichever core; what git took is not in it. */
  readonly cpuMs: number;
  readonly peakBytes: number;
}

/** Bytes that somebody needs who has the log's key and a checkpoint; one number per proof that was tried. */
export interface ProofSizes {
  readonly records: number;
  readonly checkpointBytes: number;
  /** Of the hashes that show a record's place. */
  readonly inclusionBytes: readonly number[];
  /** Of the whole file that `commonhold log prove` writes, the record itself in it. */
  readonly fileBytes: readonly number[];
  /** Of the hashes that show that the log only grew. */
  readonly consistencyBytes: readonly number[];
}

const hashBytes = 32;
/** Proofs of each kind at each size, evenly spread. */
const proofs = 100;

serveParent({
  async make({ path, records }: { path: string; records: number }): Promise<{ tip: string; signer: string }> {
    const repository = await openAt(path);
    try {
      return { tip: await writeBigLog(repository, records), signer: signer.publicKey };
    } finally {
      await repository.close();
    }
  },
  async verify({ path }: { path: string }): Promise<Verified> {
    const before = process.cpuUsage();
    const startedAt = performance.now();
    const log = await checked(path);
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(before);
    const { maxRSS } = process.resourceUsage();
    return { records: log.size, ms, cpuMs: (user + system) / 1000, peakBytes: maxRSS * 1024 };
  },
  async proofs({ path, sizes }: { path: string; sizes: readonly number[] }): Promise<ProofSizes[]> {
    const repository = await openAt(path);
    try {
      const log = await checked(path);
      return await Promise.all(sizes.map((size) => sizesAt(repository, log, size)));
    } finally {
      await repository.close();
    }
  },
});

async function checked(path: string): Promise<CheckedLog> {
  const repository = await openAt(path);
  try {
    const tip = (await repository.resolve(logRef)) ?? "";
    return await verifyLog(repository, tip, { origin, keys: [logKey], signer: signer.publicKey });
  } finally {
    await repository.close();
  }
}

async function sizesAt(
  repository: Awaited<ReturnType<typeof openAt>>,
  { tree, note, commits }: CheckedLog,
  size: number,
): Promise<ProofSizes> {
  const indices = Array.from({ length: Math.min(proofs, size) }, (_, at) => Math.floor((at * size) / proofs));
  const files = indices.map(async (index) => {
    const record = await repository.file(commits[index] ?? "", recordFile);
    if (!record) throw new Error(`record ${index} is not there`);
    return formatProof({ index, record, hashes: tree.inclusionProof(index, size), checkpoint: note }).length;
  });
  return {
    records: size,
    checkpointBytes: note.length,
    inclusionBytes: indices.map((index) => tree.inclusionProof(index, size).length * hashBytes),
    fileBytes: await Promise.all(files),
    consistencyBytes: indices.map((index) => tree.consistencyProof(index + 1, size).length * hashBytes),
  };
}
