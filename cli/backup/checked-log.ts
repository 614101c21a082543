/** The decision log that is in a backup, checked against what the cluster remembers of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CheckedLog } from "../../governance/log/checked-log.ts";
import { LogError } from "../../governance/log/log-error.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import type { LogTrust } from "../../governance/log/trust.ts";
import { verifyLog } from "../../governance/log/verify-log.ts";
import { toBase64 } from "../../operator/tlog/note/base64.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { BackupError } from "./backup-error.ts";
import { governanceEntry, policyEntry } from "./contents.ts";
import { withCopy } from "./git-copy.ts";
import type { Manifest } from "./manifest.ts";

type Pinned = Readonly<Record<string, string>> | undefined;

/** Of the service's repository, else as it was published. Undefined where there is none; throws a BackupError where it is not whole. */
export async function checkLog(
  folder: string,
  scratch: string,
  pinned: Pinned,
  around: Pick<Surroundings, "clock" | "env" | "signal">,
): Promise<Manifest["log"]> {
  const entry = [governanceEntry, policyEntry].find((one) => existsSync(join(folder, one)));
  if (entry === undefined) return undefined;
  return withCopy(folder, entry, scratch, around, async (repository) => {
    const call = { signal: around.signal };
    const tip = await repository.resolve(logRef, call);
    if (tip === undefined) {
      if (pinned === undefined) return undefined;
      throw new BackupError(
        `the cluster remembers a decision log of ${pinned["size"]} records, and none is here: give the folder of the governance service (--governance-state), or the policy repository to which the log is published (--repository)`,
      );
    }
    const log = await verifyLog(repository, tip, trustOf(pinned), call).catch((error: unknown) => {
      throw refusal(error, pinned);
    });
    return aboutLog(log, tip);
  });
}

function aboutLog(log: CheckedLog, tip: string): Manifest["log"] {
  const genesis = log.records[0]?.digest ?? "";
  return { origin: log.genesis.origin, genesis, size: log.head.size, root: toBase64(log.head.root), tip };
}

export function trustOf(pinned: Pinned): LogTrust {
  if (pinned === undefined) return {};
  const { origin = "", genesis = "", size = "", root = "" } = pinned;
  if (!/^sha256:[0-9a-f]{64}$/.test(genesis) || !/^[1-9][0-9]{0,14}$/.test(size)) {
    throw new BackupError(
      "the ConfigMap commonhold-governance does not hold what pins the log (origin, genesis, size, root)",
    );
  }
  return { origin, genesisDigest: genesis, minimum: { size: Number(size), root: Buffer.from(root, "base64") } };
}

function refusal(error: unknown, pinned: Pinned): unknown {
  if (!(error instanceof LogError)) return error;
  const known = pinned ? ` (the cluster remembers ${pinned["size"]} records of ${pinned["origin"]})` : "";
  const what =
    error.code === "truncated"
      ? "its decision log is older than what the cluster remembers"
      : "its decision log is not to be believed";
  return new BackupError(`${what}: ${error.message}${known}`, { cause: error });
}
