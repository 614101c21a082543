/** A web server on loopback that a test plays, and what may connect to it. All of it ends with the test. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { Resolve } from "../../../operator/addresses/connector.ts";
import { createFetcher, type Fetcher } from "../../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../../operator/addresses/policy.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface PlayedServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** Every request, in order. */
  readonly hits: readonly IncomingMessage[];
}

const open: { servers: Server[]; fetchers: Fetcher[] } = { servers: [], fetchers: [] };

afterEach(async () => {
  await Promise.all(open.fetchers.splice(0).map((fetcher) => fetcher.close()));
  await closeServers();
});

export async function serve(handler: Handler): Promise<PlayedServer> {
  const hits: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    hits.push(request);
    response.on("error", () => {});
    handler(request, response);
  });
  open.servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, port, hits };
}

/** Ends every server, as if nobody had ever listened. */
export async function closeServers(): Promise<void> {
  for (const server of open.servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

/** Of a fetcher that may connect to these addresses. `resolve`: in the place of DNS. */
export function fetcherFor(allow: string[], resolve?: Resolve): Fetcher {
  const fetcher = createFetcher({ policy: createAddressPolicy({ allow }), ...(resolve ? { resolve } : {}) });
  open.fetchers.push(fetcher);
  return fetcher;
}
