/**
 * `commonhold log rotate-key`: gives the log a new key. The new private half is on disk before the record is written, and the old one
 * stays: whichever of the two the log names when this is ended half-way is there.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository, Signer } from "../../governance/git/repository.ts";
import { type NextKeys, openDecisionLog } from "../../governance/log/open-log.ts";
import { recoverKey } from "../../governance/log/recover-key.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import { verifyLog } from "../../governance/log/verify-log.ts";
import { serviceKeys } from "../../governance/service/keys.ts";
import { newEd25519Key } from "../../governance/signatures/new-key.ts";
import { openSshKeySigner } from "../../governance/signatures/open-ssh-signer.ts";
import { formatPrivateKey, formatPublicKey, type PublicNoteKey, privateNoteKey } from "../../operator/tlog/note/key.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { writeAtomically } from "../up/state/write.ts";

export interface RotateKeyFlags {
  /** Folder of the governance service. */
  readonly state: string;
  readonly lost: boolean;
  readonly genesis?: string;
  /** Trusted besides, where a key was lost before. */
  readonly key: readonly PublicNoteKey[];
}

export async function rotateLogKey(flags: RotateKeyFlags, around: Surroundings): Promise<void> {
  const state = resolve(around.cwd, flags.state);
  const path = join(state, "repository.git");
  if (!existsSync(path)) {
    throw new PolicyRefusal(`${state} is no folder of a governance service: there is no repository.git in it`);
  }
  const { clock, env: environment, signal } = around;
  const repository = await openRepository({ path, clock, environment, signal });
  try {
    const { key } = await (flags.lost ? replaceLost : handOver)(repository, join(state, "keys"), flags, around);
    around.say(
      `From the next record on the log is signed by ${formatPublicKey(key)}.`,
      "Start the governance service again, and keep a copy of its keys folder where the machine cannot take it along.",
      "Every witness has to be told the new key (COMMONHOLD_WITNESS_LOG_KEYS, beside the old one), or it will refuse the log.",
    );
  } finally {
    await repository.close();
  }
}

type Replace = (
  repository: GitRepository,
  keysFolder: string,
  flags: RotateKeyFlags,
  around: Surroundings,
) => Promise<NextKeys>;

const handOver: Replace = async (repository, folder, { genesis }, { clock, signal }) => {
  const origin = await originOf(repository, signal);
  const keys = await serviceKeys({ folder, origin, randomBytes, mayCreate: false });
  const pins = genesis === undefined ? {} : { pins: { genesisDigest: genesis } };
  const log = await openDecisionLog({ repository, origin, clock, signal, ...keys, ...pins });
  const key = newLogKey(folder, origin);
  await log.rotateKey({ key }, { signal });
  return { key };
};

const replaceLost: Replace = async (repository, folder, { genesis, key: keys }, around) => {
  const { clock, signal } = around;
  if (genesis === undefined) {
    throw new PolicyRefusal("without its keys the log is known by its first record only: give --genesis sha256:…");
  }
  const question =
    "Nothing will bear out that the new key follows the old one; every member and witness has to be told. Go on?";
  if (around.ask && !(await around.ask(question))) throw new PolicyRefusal("nothing was changed");
  const origin = await originOf(repository, signal);
  const next = { key: newLogKey(folder, origin), signer: await commitSigner(folder) };
  await recoverKey({ repository, origin, clock, next, pins: { genesisDigest: genesis }, keys, signal });
  return next;
};

/** That of the service where it is left, else a new one. */
async function commitSigner(folder: string): Promise<Signer> {
  const path = join(folder, "commit-key");
  if (existsSync(path)) return openSshKeySigner(path);
  const { privateFile, signer } = newEd25519Key({ random: randomBytes, comment: "commonhold-governance" });
  writeAtomically(path, privateFile);
  return signer;
}

/** As the log itself says; it is held against the pins afterwards. */
async function originOf(repository: GitRepository, signal: AbortSignal): Promise<string> {
  const tip = await repository.resolve(logRef, { signal });
  if (tip === undefined) throw new PolicyRefusal(`${repository.path} has no decision log (${logRef})`);
  return (await verifyLog(repository, tip, {}, { signal })).genesis.origin;
}

/** In a file of its own: the service takes all that are called so. */
function newLogKey(folder: string, origin: string) {
  const seed = randomBytes(32);
  const key = privateNoteKey(origin, 1, seed);
  const isFirst = !existsSync(join(folder, "log-key"));
  const name = isFirst ? "log-key" : `log-key.${key.keyId.toString(16).padStart(8, "0")}`;
  writeAtomically(join(folder, name), `${formatPrivateKey(key, seed)}\n`);
  return key;
}
