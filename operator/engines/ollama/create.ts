/**
 * A model made on the host: from files whose blobs it has, or from a model that it has. Where `from` names a model that it
 * has not, Ollama would pull it from the public registry (server/model.go, parseFromModel), past every check of ours: the
 * first event of such a pull ends the call instead.
 */
import { CallTimer } from "../call-timer.ts";
import type { CallOptions, ModelRecipe } from "../engine.ts";
import { EngineError } from "../error.ts";
import type { Call, Host } from "./client.ts";
import { lines } from "./lines.ts";

export async function create(host: Host, recipe: ModelRecipe, options: CallOptions = {}): Promise<void> {
  if ((recipe.from === undefined) === (recipe.files === undefined)) {
    throw new EngineError("InvalidRequest", `creating ${recipe.name}: give exactly one of from and files`);
  }
  const call: Call = { what: `creating ${recipe.name}`, doing: "create" };
  const timer = new CallTimer(host.clock, call.what, options.timeoutMs ?? host.bounds.createTimeoutMs, options.signal);
  timer.expect(host.bounds.createIdleTimeoutMs, "Timeout", `from the host while ${call.what}`);
  let done = false;
  try {
    for await (const line of lines(host, call, "/api/create", request(recipe), timer)) {
      timer.heard();
      if (line["status"] === "pulling manifest") throw absent(recipe);
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

function absent(recipe: ModelRecipe): EngineError {
  return new EngineError(
    "ModelNotFound",
    `creating ${recipe.name}: the host has no model ${recipe.from} to make it from`,
  );
}
