import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a file is served: whole, or with a fault. */
export type Service =
  | "whole"
  | "without a length"
  /** Says its full length, sends half and closes the connection. */
  | "cut"
  /** Sends half and then nothing. */
  | "stalled"
  /** Never answers. */
  | "silent"
  | { status: number }
  | { redirect: string };

export interface ReleaseServer {
  origin: string;
  /** Paths asked for, in order. */
  asked: string[];
  serve(path: string, content: Buffer | string, service?: Service | Service[]): void;
  close(): Promise<void>;
}

/** A place that publishes releases, on loopback. A list of services is used up request by request; the last one stays. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, { content: Buffer; services: Service[] }>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const file = files.get(path);
    if (!file) return void response.writeHead(404).end("not found");
    const service = (file.services.length > 1 ? file.services.shift() : file.services[0]) ?? "whole";
    answer(response, file.content, service);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    serve: (path, content, service = "whole") =>
      void files.set(path, { content: Buffer.from(content), services: [service].flat() }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, content: Buffer, service: Service): void {
  if (service === "silent") return;
  if (typeof service === "object") {
    const [status, headers] = "status" in service ? [service.status, {}] : [302, { location: service.redirect }];
    return void response.writeHead(status, headers).end("a page that nobody wants");
  }
  if (service !== "without a length") response.setHeader("content-length", content.length);
  if (service === "whole" || service === "without a length") return void response.end(content);
  response.write(content.subarray(0, content.length / 2), () => {
    if (service === "cut") response.destroy();
  });
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}
