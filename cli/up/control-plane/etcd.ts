import { mkdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { waitReady } from "../processes/readiness.ts";
import { type LeashedProcess, startProcess } from "../processes/start.ts";
import { socketDirectory } from "./socket-directory.ts";

export interface EtcdOptions {
  /** Path of the program. */
  command: string;
  directory: string;
  logPath: string;
  /** False skips fsync: for tests, whose data nobody needs after a power cut. */
  durable: boolean;
  env: NodeJS.ProcessEnv;
  clock: Clock;
}

export interface Etcd {
  readonly process: LeashedProcess;
  /** For the API server's `--etcd-servers`. */
  readonly endpoint: string;
  /** Resolves when it serves. The API server need not wait for it: it dials until it answers. */
  ready(signal: AbortSignal): Promise<void>;
  /** Posts to its JSON API, e.g. `/v3/kv/range`. Resolves to what it answered; rejects on any status but 200. */
  call(path: string, body: unknown): Promise<unknown>;
}

const readyDeadlineMs = 30_000;
const callTimeoutMs = 10_000;
const answerBytesMax = 4 * 1024 * 1024;

/**
 * One etcd that only this user can reach: it listens on Unix sockets in a private folder, since on a port of the loopback
 * any user of the machine could read the cluster's secrets past RBAC. The addresses that it advertises are never dialled:
 * there are no other members.
 */
export async function startEtcd(options: EtcdOptions): Promise<Etcd> {
  const sockets = socketDirectory(options.directory);
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  const socket = join(sockets, "etcd.sock");
  // A socket of a killed run would look like a server that is there but does not answer.
  rmSync(socket, { force: true });
  const process = await startProcess({
    name: "etcd",
    command: options.command,
    args: etcdArguments(options, socket),
    env: options.env,
    cwd: sockets,
    logPath: options.logPath,
    clock: options.clock,
  });
  const call = (path: string, body: unknown): Promise<unknown> => post(socket, path, body);
  const isServing = async (): Promise<boolean> => {
    await call("/v3/kv/range", { key: "AA==", count_only: true });
    return true;
  };
  return {
    process,
    endpoint: `unix://${socket}`,
    ready: (signal) => waitReady(process, isServing, { deadlineMs: readyDeadlineMs, clock: options.clock, signal }),
    call,
  };
}

function etcdArguments({ directory, durable }: EtcdOptions, socket: string): string[] {
  const advertised = "http://127.0.0.1:2380";
  return [
    "--name=commonhold",
    `--data-dir=${join(directory, "etcd")}`,
    `--listen-client-urls=unix://${socket}`,
    "--advertise-client-urls=http://127.0.0.1:2379",
    // Relative to the working directory: for peers etcd takes the URL's host only.
    "--listen-peer-urls=unix://peer.sock",
    `--initial-advertise-peer-urls=${advertised}`,
    `--initial-cluster=commonhold=${advertised}`,
    "--log-level=warn",
    ...(durable ? [] : ["--unsafe-no-fsync"]),
  ];
}

/** etcd serves its gRPC API as JSON too: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/ */
function post(socketPath: string, path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method: "POST", agent: false, timeout: callTimeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > answerBytesMax) call.destroy(new Error(`etcd's answer exceeds ${answerBytesMax} bytes`));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`etcd answered ${response.statusCode} to ${path}: ${text.slice(0, 300)}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error(`etcd did not answer ${path} within ${callTimeoutMs} ms`)));
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}
