/** Serves git's smart HTTP protocol by git's own CGI program, `git http-backend`. */
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, dirname } from "node:path";
import { gitEnvironment } from "./process.ts";

export interface GitRequest {
  /** Folder of the bare repository. */
  readonly path: string;
  /** After the repository: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  readonly rest: string;
  readonly query: string;
  /** Login, as the server's log would have it. */
  readonly user: string;
}

/** Answers the request. `beforeEnd` runs when git is done and the client does not know it yet. */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  { path, rest, query, user }: GitRequest,
  beforeEnd?: () => Promise<void>,
): Promise<void> {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...gitEnvironment,
      GIT_PROJECT_ROOT: dirname(path),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${basename(path)}${rest}`,
      REQUEST_METHOD: request.method ?? "GET",
      QUERY_STRING: query,
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: header("content-length"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_USER: user,
      REMOTE_ADDR: "127.0.0.1",
      SERVER_PROTOCOL: "HTTP/1.1",
    },
  });
  child.stdin.on("error", () => undefined);
  request.pipe(child.stdin);
  response.on("close", () => {
    if (!response.writableFinished) child.kill();
  });
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const body = head.subarray(end + 4);
    writeHead(response, head.subarray(0, end).toString());
    head = undefined;
    response.write(body);
  });
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve());
  });
  await beforeEnd?.();
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split("\r\n")) {
    const [name = "", ...value] = line.split(": ");
    if (name.toLowerCase() === "status") status = Number.parseInt(value.join(": "), 10);
    else response.setHeader(name, value.join(": "));
  }
  response.writeHead(status);
}
