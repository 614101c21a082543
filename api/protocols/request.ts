/**
 * From a client's body to the body that a host gets. Four things are changed and nothing else: the model's name becomes the one
 * that the host knows, `keep_alive` is dropped (a community's model is not one client's to unload), options that would
 * make the host load the model anew are dropped (they are fixed per deployment; needsReload in
 * https://github.com/ollama/ollama/blob/v0.24.0/server/sched.go compares exactly these), and the deployment's own settings fill in
 * what the client leaves open where the host would otherwise not use them (see `defaults` of a route).
 */

import { readJsonBody } from "../json/body.ts";
import { checkShape } from "../json/check.ts";
import { editMembers, foldName } from "../json/edit.ts";
import type { InferenceRequest, InferenceRoute } from "./protocol.ts";

/** Ollama's `api.Runner`, today's and earlier ones': the options a loaded model was started with. */
export const reloadingOptions: ReadonlySet<string> = new Set([
  "num_ctx",
  "num_batch",
  "num_gpu",
  "main_gpu",
  "low_vram",
  "f16_kv",
  "logits_all",
  "vocab_only",
  "use_mmap",
  "use_mlock",
  "num_thread",
  "numa",
  "num_gqa",
  "rope_frequency_base",
  "rope_frequency_scale",
]);

/** Members of a request that concern the host, not the answer. */
const hostMembers: ReadonlySet<string> = new Set(["keep_alive", "adapters", "adapter", "num_ctx"]);

export function readInferenceRequest(route: InferenceRoute, bytes: Uint8Array): InferenceRequest {
  const body = readJsonBody(bytes);
  const { model, stream } = checkShape(route.schema, body.value);
  // The object is not kept: it takes as much memory as the text again, for as long as the answer takes.
  return { model, text: body.text, stream: stream ?? route.streamsByDefault };
}

/** Names are compared as the host compares them: `Model` or `KEEP_ALIVE` would otherwise slip through. */
export function upstreamBody(
  request: InferenceRequest,
  servedModel: string,
  defaults: Readonly<Record<string, number>> = {},
): string {
  const open = new Map(Object.entries(defaults));
  const edited = editMembers(request.text, (name, value) => {
    const folded = foldName(name);
    if (open.has(folded)) {
      if (value === "null") return "drop";
      open.delete(folded);
    }
    if (folded === "model") return name === "model" ? { value: JSON.stringify(servedModel) } : "drop";
    if (hostMembers.has(folded)) return "drop";
    if (folded === "options" && value.startsWith("{")) return { value: withoutReloading(value) };
    return "keep";
  });
  return withMembers(edited, open);
}

/** `object` is never empty: a request names its model. */
function withMembers(object: string, members: ReadonlyMap<string, number>): string {
  const added = [...members].map(([name, value]) => `,${JSON.stringify(name)}:${value}`);
  return added.length === 0 ? object : `${object.slice(0, object.lastIndexOf("}"))}${added.join("")}}`;
}

function withoutReloading(options: string): string {
  return editMembers(options, (name) => (reloadingOptions.has(foldName(name)) ? "drop" : "keep"));
}
