/** A step that fails leaves a trouble and the other steps alone. */
import { isKubeError } from "../../operator/kube/errors.ts";
import { ForgeError } from "../forges/forge.ts";
import { GitError } from "../git/repository.ts";
import { LogError } from "../log/log-error.ts";
import type { Trouble } from "./governance.ts";
import { WitnessError } from "./publish.ts";

/** Undefined where the work failed. `what`: for the sentence. */
export type Step = <T>(what: string, work: () => Promise<T>) => Promise<T | undefined>;

/** An abort ends the pass. */
export function containing(troubles: Trouble[], signal: AbortSignal): Step {
  return async (what, work) => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      // Whoever opened the log has to open it again; no step could append to it.
      if (error instanceof LogError && error.code === "busy") throw error;
      troubles.push(troubleOf(what, error));
      return undefined;
    }
  };
}

function troubleOf(what: string, error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  const sentence = `${what}: ${message}`;
  if (error instanceof ForgeError)
    return { code: `Forge${capital(error.code)}`, sentence, isTransient: error.isTransient };
  if (error instanceof GitError) return { code: `Git${capital(error.code)}`, sentence, isTransient: error.isTransient };
  if (error instanceof WitnessError) return { code: "Witness", sentence, isTransient: true };
  if (isKubeError(error)) return { code: "ClusterUnreachable", sentence, isTransient: true };
  return { code: "Failed", sentence, isTransient: false };
}

function capital(code: string): string {
  return code.slice(0, 1).toUpperCase() + code.slice(1);
}
