/** A real OCI registry on loopback with the redirecting proxy before it, and models put into it by a real Ollama. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBinary } from "../../../cli/up/binaries/ensure.ts";
import { freePort } from "../../../cli/up/processes/ports.ts";
import { waitReady } from "../../../cli/up/processes/readiness.ts";
import { type LeashedProcess, startProcess } from "../../../cli/up/processes/start.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { Digest } from "../../../operator/engines/engine.ts";
import { scratchDirectory } from "../../control-plane/scratch.ts";
import { digestOf } from "./contract/host.ts";
import { type RegistryProxy, startRegistryProxy } from "./registry-proxy.ts";

export interface RealRegistry {
  /** What Ollama is to be pointed at, with its faults. */
  readonly proxy: RegistryProxy;
  /** `127.0.0.1:PORT/library/NAME:TAG`. Pull with `insecure`. */
  reference(name: string, tag?: string): string;
  /** Digest of the manifest that a reference of this registry has now. */
  digestOf(name: string, tag?: string): Promise<Digest>;
  discard(): Promise<void>;
}

const readyDeadlineMs = 20_000;

export async function startRealRegistry(): Promise<RealRegistry> {
  const { path } = await ensureBinary("registry", { env: process.env, onProgress: () => {}, clock: systemClock });
  const directory = scratchDirectory("registry");
  const port = await freePort();
  const config = join(directory, "config.yml");
  writeFileSync(config, configuration(directory, port));
  const server = await startProcess({
    name: "registry",
    command: path,
    args: ["serve", config],
    // Without it the registry looks for a tracing collector.
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
    logPath: join(directory, "registry.log"),
  });
  const upstream = `http://127.0.0.1:${port}`;
  await waitReady(server, async (signal) => (await fetch(`${upstream}/v2/`, { signal })).ok, {
    deadlineMs: readyDeadlineMs,
  });
  const proxy = await startRegistryProxy(upstream, systemClock);
  return realRegistry(proxy, server, directory);
}

/** Copies a model of an Ollama to the registry's name, pushes it and takes that name away again. */
export async function push(ollamaUrl: string, model: string, reference: string): Promise<void> {
  const destination = `http://${reference}`;
  await call(`${ollamaUrl}/api/copy`, { source: model, destination });
  await call(`${ollamaUrl}/api/push`, { model: destination, insecure: true, stream: false });
  await call(`${ollamaUrl}/api/delete`, { model: reference }, "DELETE");
}

function realRegistry(proxy: RegistryProxy, server: LeashedProcess, directory: string): RealRegistry {
  return {
    proxy,
    reference: (name, tag = "latest") => `${proxy.host}/library/${name}:${tag}`,
    digestOf: async (name, tag = "latest") => {
      const response = await fetch(`${proxy.url}/v2/library/${name}/manifests/${tag}`, {
        headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
      });
      if (!response.ok) throw new Error(`the registry answered ${response.status} for ${name}:${tag}`);
      return digestOf(new Uint8Array(await response.arrayBuffer()));
    },
    discard: async () => {
      await proxy.close();
      server.kill("SIGKILL");
      await server.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function call(url: string, body: object, method = "POST"): Promise<void> {
  const response = await fetch(url, { method, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok || text.includes('"error"')) throw new Error(`${url}: ${response.status} ${text}`);
}

function configuration(directory: string, port: number): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(directory, "data") }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  });
}
