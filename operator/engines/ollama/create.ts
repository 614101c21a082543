/**
 * A model made on the host: from files whose blobs it has, or from a model that it has. Where `from` names a model that it
 * has not, Ollama would pull it from whatever registry the name says (server/model.go, parseFromModel), past every check of
 * ours: so it is looked for first, and should it vanish in between, the first event of such a pull ends the call.
 */
import { CallTimer } from "../call-timer.ts";
import type { CallOptions, ModelRecipe } from "../engine.ts";
import { EngineError } from "../error.ts";
import { ask, type Call, type Host, shown } from "./client.ts";
import { lines } from "./lines.ts";

export async function create(host: Host, recipe: ModelRecipe, options: CallOptions = {}): Promise<void> {
  const call: Call = { what: `creating ${shown(recipe.name)}`, doing: "create" };
  const { from } = recipe;
  if ((from === undefined) === (recipe.files === undefined)) {
    throw new EngineError("InvalidRequest", `${call.what}: give exactly one of from and files`);
  }
  if (from !== undefined) await ask(host, { ...call, ...options }, (client) => client.show({ model: from }));
  const timer = new CallTimer(host.clock, call.what, options.timeoutMs ?? host.bounds.createTimeoutMs, options.signal);
  timer.expect(host.bounds.createIdleTimeoutMs, "Timeout", `from the host while ${call.what}`);
  let done = false;
  try {
    for await (const line of lines(host, call, "/api/create", request(recipe), timer)) {
      timer.heard();
      if (line["status"] === "pulling manifest") throw vanished(call, from);
      if (line["status"] === "success") done = true;
    }
  } finally {
    timer.end();
  }
  if (!done) throw new EngineError("BadResponse", `${call.what}: the host ended its answer without a result`);
}

function request(recipe: ModelRecipe): Record<string, unknown> {
  const { name, ...rest } = recipe;
  return { model: name, stream: true, ...rest };
}

function vanished(call: Call, from: string | undefined): EngineError {
  return new EngineError("ModelNotFound", `${call.what}: the host has no model ${shown(from ?? "")} to make it from`);
}
