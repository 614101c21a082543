/**
 * From a client's body to the body that a host gets. Three things are changed and nothing else: the model's name becomes the one
 * that the host knows, `keep_alive` is dropped (a community's model is not one client's to unload), and options that would
 * make the host load the model anew are dropped (they are fixed per deployment; needsReload in
 * https://github.com/ollama/ollama/blob/v0.24.0/server/sched.go compares exactly these).
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
  return { model, body, stream: stream ?? route.streamsByDefault };
}

/** Names are compared as the host compares them: `Model` or `KEEP_ALIVE` would otherwise slip through. */
export function upstreamBody(request: InferenceRequest, servedModel: string): string {
  return editMembers(request.body.text, (name, value) => {
    const folded = foldName(name);
    if (folded === "model") return name === "model" ? { value: JSON.stringify(servedModel) } : "drop";
    if (hostMembers.has(folded)) return "drop";
    if (folded === "options" && value.startsWith("{")) return { value: withoutReloading(value) };
    return "keep";
  });
}

function withoutReloading(options: string): string {
  return editMembers(options, (name) => (reloadingOptions.has(foldName(name)) ? "drop" : "keep"));
}
