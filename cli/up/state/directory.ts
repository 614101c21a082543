import { accessSync, constants, mkdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Where one embedded community keeps all it has: `.commonhold` in the clone unless a person says otherwise, so that two
 * clones are two communities and deleting the folder leaves nothing behind.
 *
 * ```
 * env             KUBECONFIG, COMMONHOLD_URL, COMMONHOLD_API_KEY, OLLAMA_HOST (dotenv form, mode 0600)
 * lock.<n>        which process runs on this directory
 * control-plane/  etcd's data, certificates, tokens, kubeconfig files
 * ollama/         models of the Ollama that is started here
 * logs/           one file per program
 * secrets/        keys made once
 * ```
 */
export interface StateDirectory {
  readonly path: string;
  readonly controlPlane: string;
  readonly ollama: string;
  readonly logs: string;
  readonly secrets: string;
}

export const stateDirectoryDefault = ".commonhold";

/** Creates it (mode 0700) where it is missing. Throws an error that names the path when it cannot be used. */
export function openStateDirectory(path: string): StateDirectory {
  const wanted = resolve(path);
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
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
  };
}
