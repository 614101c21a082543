/** Where a request carries its API key: `Authorization: Bearer …` (OpenAI, Ollama's libraries) or `x-api-key` (Anthropic). */
import type { IncomingHttpHeaders } from "node:http";

/** What was sent as a key, unchecked. `Authorization` wins where both are present. */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^bearer[ ]+(\S+)[ ]*$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const header = headers["x-api-key"];
  const first = Array.isArray(header) ? header[0] : header;
  return first?.trim() || undefined;
}
