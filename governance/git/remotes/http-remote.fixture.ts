/** Serves bare repositories over http as a forge does, by git's own `http-backend`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpRemote {
  readonly url: string;
  /** Requests to `/never`, which get no answer, and whose other side has not gone. */
  readonly waiting: number;
  /** Requests that came because a redirect was followed. */
  readonly followed: number;
  close(): Promise<void>;
}

export interface HttpRemoteOptions {
  /** Folder of the repositories. */
  readonly root: string;
  /** What has to be in the header of that name. */
  readonly authorization: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function serveOverHttp({ root, authorization, environment }: HttpRemoteOptions): Promise<HttpRemote> {
  let waiting = 0;
  let followed = 0;
  const server = createServer((request, response) => {
    const { url = "", headers } = request;
    if (headers.authorization !== authorization) return void response.writeHead(401).end();
    if (url.startsWith("/moved/")) {
      return void response.writeHead(301, { location: url.replace("/moved/", "/followed/") }).end();
    }
    if (url.startsWith("/followed/")) followed++;
    if (!url.startsWith("/never/")) return answer(request, response);
    waiting++;
    response.once("close", () => waiting--);
  });

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, search } = new URL(request.url ?? "", "http://localhost");
    const backend = spawn("git", ["http-backend"], {
      env: {
        ...environment,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? "",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        REMOTE_USER: "somebody",
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    backend.stdin.on("error", () => {});
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    backend.once("close", () => {
      const whole = Buffer.concat(chunks);
      const end = whole.indexOf("\r\n\r\n");
      const lines = whole.subarray(0, end).toString().split("\r\n");
      const headers = Object.fromEntries(lines.map((line) => line.split(": ", 2) as [string, string]));
      const { Status: status = "200", ...rest } = headers;
      response.writeHead(Number.parseInt(status, 10), rest).end(whole.subarray(end + 4));
    });
  };

  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get waiting() {
      return waiting;
    },
    get followed() {
      return followed;
    },
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
