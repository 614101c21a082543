import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "tar";
import { systemClock } from "../../../operator/clock/system.ts";
import type { BinaryName, BinaryOptions } from "./ensure.ts";
import { writeProgram } from "./fake-programs.fixture.ts";
import type { Progress } from "./progress.ts";
import { type ReleaseServer, type Service, sha256, startReleaseServer } from "./release-server.fixture.ts";

export const etcdFolder = "/etcd-io/etcd/releases/download/v3.6.16";
export const etcdFile = "etcd-v3.6.16-linux-amd64.tar.gz";

/** A machine without any binary and without Go, and the place it downloads from. */
export interface World {
  folder: string;
  server: ReleaseServer;
  options: BinaryOptions & { env: Record<string, string> };
  /** All progress so far. */
  seen: Progress[];
}

export async function createWorld(root: string): Promise<World> {
  const folder = mkdtempSync(join(root, "test-"));
  const server = await startReleaseServer();
  const seen: Progress[] = [];
  const options: World["options"] = {
    env: { PATH: join(folder, "path"), XDG_CACHE_HOME: join(folder, "cache") },
    clock: systemClock,
    onProgress: (progress) => seen.push(progress),
    origins: { github: server.origin, kubernetes: server.origin },
    httpLimits: { connectTimeoutMs: 500, stallTimeoutMs: 200 },
    platform: { os: "linux", arch: "x64" },
    freeBytes: async () => 2 ** 40,
    unreachable: new Map(),
  };
  return { folder, server, options, seen };
}

/** An archive of the given programs, `tar czf`. */
export async function archive({ folder }: World, files: Record<string, string>): Promise<Buffer> {
  const content = mkdtempSync(join(folder, "archive-"));
  for (const [path, said] of Object.entries(files)) writeProgram(join(content, path), said);
  const file = join(folder, "archive.tar.gz");
  await create({ gzip: true, file, cwd: content }, readdirSync(content));
  return readFileSync(file);
}

/** Publishes etcd for linux-amd64. `sums` makes the text of the file with the checksums from the right one. */
export async function serveEtcd(
  world: World,
  service: Service | Service[] = "whole",
  sums = (real: string) => `${sha256("another")}  etcd-v3.6.16-linux-arm64.tar.gz\n${real}  ${etcdFile}\n`,
): Promise<Buffer> {
  const content = await archive(world, {
    "etcd-v3.6.16-linux-amd64/etcd": "etcd Version: 3.6.16",
    "etcd-v3.6.16-linux-amd64/etcdctl": "etcdctl version: 3.6.16",
  });
  publishEtcd(world, content, service, sums(sha256(content)));
  return content;
}

export function publishEtcd(
  { server }: World,
  content: Buffer | string,
  service: Service | Service[] = "whole",
  sums = `${sha256(content)}  ${etcdFile}\n`,
): void {
  server.serve(`${etcdFolder}/SHA256SUMS`, sums);
  server.serve(`${etcdFolder}/${etcdFile}`, content, service);
}

/** What is in a binary's folder of the cache besides its lock. */
export function leftIn({ folder }: World, name: BinaryName): string[] {
  return readdirSync(join(folder, "cache", "commonhold", name)).filter((entry) => entry !== ".lock");
}
