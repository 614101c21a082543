import { accessSync, constants, existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { canBeQuoted } from "./env-file.ts";

/**
 * Where one embedded community keeps all it has: `.commonhold` in the clone unless a person says otherwise, so that two
 * clones are two communities and deleting the folder leaves nothing behind.
 *
 * ```
 * env             KUBECONFIG, COMMONHOLD_URL, COMMONHOLD_API_KEY, OLLAMA_HOST, COMMONHOLD_POLICY, COMMONHOLD_MEMBER_KEY
 *                 (dotenv form, mode 0600)
 * lock.<n>        which process runs on this directory
 * control-plane/  etcd's data, certificates, tokens, kubeconfig files
 * ollama/         models of the Ollama that is started here
 * logs/           one file per program
 * secrets/        keys made once: API key, member key (SSH)
 * policy.git/     the policy repository, bare; policy-genesis pins its first commit
 * governance/     the governance service's own repository, with the decision log, its keys and what it has seen
 * cache/          what can be removed at any time
 * ```
 */
export interface StateDirectory {
  readonly path: string;
  readonly controlPlane: string;
  readonly ollama: string;
  readonly logs: string;
  readonly secrets: string;
  readonly governance: string;
  readonly cache: string;
}

export const stateDirectoryDefault = ".commonhold";

/** Creates it (mode 0700) where it is missing. Throws an error that names the path when it cannot be used. */
export function openStateDirectory(path: string): StateDirectory {
  const wanted = resolve(path);
  if (!canBeQuoted(wanted))
    throw new Error(
      `the state directory ${wanted} has a quote or a control character in its path, which no env file can hold: ` +
        "choose another one with --state DIR",
    );
  try {
    makeFolder(wanted);
    accessSync(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Error(`the state directory ${wanted} cannot be used: choose another one with --state DIR`, { cause });
  }
  const real = realpathSync(wanted);
  const room = (name: string): string => {
    mkdirSync(join(real, name), { recursive: true, mode: 0o700 });
    return join(real, name);
  };
  return {
    path: real,
    controlPlane: room("control-plane"),
    ollama: room("ollama"),
    logs: room("logs"),
    secrets: room("secrets"),
    governance: room("governance"),
    cache: room("cache"),
  };
}

/**
 * Not `mkdir` with `recursive`: below a folder that answers "not found" to new entries (/proc, a broken link) Node 20's
 * never ends, and no signal ends it.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another start made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
