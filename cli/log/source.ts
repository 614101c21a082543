/**
 * The decision log that is meant, checked whole. A bare repository of this machine is read where it lies, so that a damaged object can be
 * named; everything else is fetched into this machine's mirror first.
 */
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { fetched, fetchRefspecs } from "../../governance/forges/git/names.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { Call, GitRepository } from "../../governance/git/repository.ts";
import type { CheckedLog } from "../../governance/log/checked-log.ts";
import { checkpointRef, cosignedOf } from "../../governance/log/cosigned.ts";
import { LogError } from "../../governance/log/log-error.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import type { LogTrust } from "../../governance/log/trust.ts";
import { verifyLog } from "../../governance/log/verify-log.ts";
import { printable } from "../../operator/text/printable.ts";
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import { policyAddress } from "../policy/address.ts";
import { mirrorPath, pullRefspec } from "../policy/mirror.ts";
import { withAccess } from "../policy/remote-access.ts";
import { rememberLog, seenLog } from "../policy/seen-log.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import type { LogFlags } from "./flags.ts";

export interface LogSource {
  readonly repository: GitRepository;
  readonly log: CheckedLog;
  /** The latest checkpoint with cosignatures, where the repository has one. */
  readonly cosigned: string | undefined;
  /** How far this machine had seen it before. */
  readonly seen: TreeHead | undefined;
  /** For sentences. */
  readonly name: string;
  readonly call: Call;
}

/** Throws a `LogError` that names the record where anything is wrong. */
export async function withLog<T>(
  flags: LogFlags,
  around: Surroundings,
  work: (source: LogSource) => Promise<T>,
): Promise<T> {
  const { url } = await policyAddress(flags.repository, around);
  const { clock, env: environment, signal } = around;
  const mirror = mirrorPath(url, around);
  const isHere = isBare(url);
  const repository = await openRepository({ path: isHere ? url : mirror, clock, environment, signal });
  try {
    if (!isHere) await withAccess({ url }, around, (remote) => repository.fetch(remote, fetchRefspecs, { signal }));
    const refs = isHere ? [logRef, checkpointRef] : [fetched(logRef), fetched(checkpointRef)];
    const seenPath = `${mirror}.seen.json`;
    const source = await readLog(repository, refs, flags, { seenPath, name: printable(url, 300), signal });
    if (!isHere && source.log.genesis.repository.startsWith("github:")) {
      await withAccess({ url }, around, (remote) => repository.fetch(remote, [pullRefspec], { signal }));
    }
    return await work(source);
  } finally {
    await repository.close();
  }
}

interface Place extends Call {
  readonly seenPath: string;
  readonly name: string;
}

async function readLog(
  repository: GitRepository,
  [ref = logRef, noteRef = checkpointRef]: readonly string[],
  { genesis, key }: LogFlags,
  { seenPath, name, signal }: Place,
): Promise<LogSource> {
  const call = { signal };
  const tip = await repository.resolve(ref, call);
  const seen = seenLog(seenPath);
  if (tip === undefined) {
    const before = seen ? `, and had ${seen.size} records when it was last looked at from here` : "";
    throw new LogError("missing", `${name} has no decision log (${logRef})${before}`);
  }
  const trust: LogTrust = {
    ...(genesis !== undefined && { genesisDigest: genesis }),
    ...(key.length > 0 && { keys: key }),
    ...(seen && { seen }),
  };
  const log = await verifyLog(repository, tip, trust, call);
  const cosigned = await cosignedOf(repository, log, call, noteRef);
  rememberLog(seenPath, log.head);
  return { repository, log, cosigned, seen, name, call };
}

function isBare(url: string): boolean {
  return isAbsolute(url) && existsSync(join(url, "objects")) && existsSync(join(url, "HEAD"));
}
