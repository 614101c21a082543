/** Which protocol a path speaks: errors that come before any route is known (no key, bad body, no such route) use its form. */
import { ollama } from "../protocols/ollama/routes.ts";
import { openai } from "../protocols/openai/routes.ts";
import type { Protocol } from "../protocols/protocol.ts";

/** Ollama's paths begin with `/api`; everything else gets OpenAI's form. */
export function protocolOf(url: string): Protocol {
  return /^\/+api(\/|$|\?)/.test(url) ? ollama : openai;
}
