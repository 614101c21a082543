/** One id per request from end to end: the client's own where it sent a harmless one, else a new one; it goes to the host and back to the client. */
import type { IncomingMessage } from "node:http";

export const requestIdHeader = "x-request-id";

export function requestIdOf({ headers }: Pick<IncomingMessage, "headers">, newRequestId: () => string): string {
  const sent = headers[requestIdHeader];
  return typeof sent === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(sent) ? sent : newRequestId();
}
