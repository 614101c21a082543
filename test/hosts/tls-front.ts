/** Speaks TLS in front of a plain server, byte for byte, as a member's reverse proxy would. */

import type { AddressInfo } from "node:net";
import { connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import { type Certificate, makeCertificate } from "../doubles/ollama/certificates.ts";

export interface TlsFront {
  readonly url: string;
  readonly certificate: Certificate;
  close(): Promise<void>;
}

/** Self-signed, for 127.0.0.1. */
export async function startTlsFront(upstream: string): Promise<TlsFront> {
  const certificate = makeCertificate("gpu1", { addresses: ["127.0.0.1"] });
  const { hostname, port } = new URL(upstream);
  const sockets = new Set<Socket>();
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (outside) => {
    const inside = connect(Number(port), hostname);
    for (const socket of [outside, inside]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        outside.destroy();
        inside.destroy();
      });
    }
    outside.pipe(inside).pipe(outside);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
