/** nginx as a plain proxy: the floor, what forwarding costs when nothing is known about what is forwarded. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../cli/up/processes/ports.ts";
import { waitReady } from "../../../cli/up/processes/readiness.ts";
import { type LeashedProcess, startProcess } from "../../../cli/up/processes/start.ts";

export interface Nginx {
  readonly url: string;
  readonly process: LeashedProcess;
}

const readyDeadlineMs = 10_000;

/** `undefined`: there is none on this machine. Debian puts it where the PATH of most people does not look. */
export function nginxVersion(): { command: string; version: string } | undefined {
  for (const command of ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"]) {
    const { status, stderr } = spawnSync(command, ["-v"], { encoding: "utf8" });
    if (status === 0) return { command, version: /nginx\/(\S+)/.exec(stderr)?.[1] ?? "unknown" };
  }
  return undefined;
}

export async function startNginx(command: string, upstreamPort: number, directory: string): Promise<Nginx> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const config = join(directory, "nginx.conf");
  writeFileSync(config, configuration(directory, port, upstreamPort));
  const server = await startProcess({
    name: "nginx",
    command,
    args: ["-p", directory, "-c", config, "-e", join(directory, "error.log")],
    env: { PATH: process.env["PATH"] },
    logPath: join(directory, "nginx.log"),
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    const isReady = async (signal: AbortSignal): Promise<boolean> => (await fetch(`${url}/ready`, { signal })).ok;
    await waitReady(server, isReady, { deadlineMs: readyDeadlineMs });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, process: server };
}

/** One worker, as the gateway is one process; connections kept on both sides; nothing buffered; no access log. */
function configuration(directory: string, port: number, upstreamPort: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${join(directory, "nginx.pid")};
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.join(" ")}
  client_max_body_size 32m;
  client_body_buffer_size 128k;
  keepalive_requests 1000000;
  upstream host {
    server 127.0.0.1:${upstreamPort};
    keepalive 64;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port};
    location = /ready { return 204; }
    location / {
      proxy_pass http://host;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
}
