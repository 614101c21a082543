/** Takes a model from a host's disk. That it is already gone is an answer, not a failure. */
import type { CallOptions } from "../engine.ts";
import { isEngineError } from "../error.ts";
import { ask, type Host, shown } from "./client.ts";

export async function remove(host: Host, name: string, options: CallOptions = {}): Promise<boolean> {
  try {
    await ask(host, { ...options, what: `removing ${shown(name)}` }, (client) => client.delete({ model: name }));
    return true;
  } catch (error) {
    if (isEngineError(error, "ModelNotFound")) return false;
    throw error;
  }
}
