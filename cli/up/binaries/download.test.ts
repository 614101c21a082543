import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { ensureBinary } from "./ensure.ts";
import { writeScript } from "./fake-programs.fixture.ts";
import { sha256 } from "./release-server.fixture.ts";
import { archive, createWorld, etcdFile, etcdFolder, leftIn, serveEtcd, type World } from "./release-world.fixture.ts";

const root = scratchDirectory("download");
let world: World;
let folder: string;
let server: World["server"];
let options: World["options"];
let seen: World["seen"];
beforeEach(async () => {
  world = await createWorld(root);
  ({ folder, server, options, seen } = world);
});
afterEach(() => server.close());

describe("an official release", () => {
  test("of etcd: the program alone is kept, answers, and the second run asks for nothing", async () => {
    await serveEtcd(world);
    const path = join(folder, "cache", "commonhold", "etcd", "3.6.16", "bin", "etcd");
    const binary = { name: "etcd", path, version: "3.6.16" };
    expect(await ensureBinary("etcd", options)).toEqual({ ...binary, source: "download" });
    expect(server.asked).toEqual([`${etcdFolder}/SHA256SUMS`, `${etcdFolder}/${etcdFile}`]);
    expect(await ensureBinary("etcd", options)).toEqual({ ...binary, source: "cache" });
    expect(server.asked).toHaveLength(2);
    expect(leftIn(world, "etcd")).toEqual(["3.6.16"]);
    expect(readdirSync(join(path, ".."))).toEqual(["etcd"]);
  });

  test("of Kubernetes: a program and a file with its sum alone", async () => {
    const program = "#!/bin/sh\necho 'Kubernetes v1.36.3'\n";
    server.serve("/v1.36.3/bin/linux/arm64/kube-apiserver", program, "without a length");
    server.serve("/v1.36.3/bin/linux/arm64/kube-apiserver.sha256", sha256(program).toUpperCase());
    options.platform = { os: "linux", arch: "arm64" };
    expect(await ensureBinary("kube-apiserver", options)).toMatchObject({ version: "1.36.3", source: "download" });
  });

  test("of Ollama for Linux: Zstandard, and lib/ollama stays beside bin/ollama", async () => {
    // A stand-in for zstd(1) that is called as the real one and copies what is not compressed.
    writeScript(
      join(folder, "path", "zstd"),
      'while [ "$1" != -o ]; do [ "$1" = --version ] && exit 0; shift; done\n/bin/cp "$3" "$2"\n',
    );
    const content = await archive(world, {
      "bin/ollama": "Warning: client version is 0.24.0",
      "lib/ollama/libggml-cpu.so": "library",
      "lib/ollama/cuda_v13/libggml-cuda.so": "library",
    });
    const place = "/ollama/ollama/releases/download/v0.24.0";
    server.serve(`${place}/sha256sum.txt`, `${sha256(content)}  ./ollama-linux-amd64.tar.zst\n`);
    server.serve(`${place}/ollama-linux-amd64.tar.zst`, content);
    const { path } = await ensureBinary("ollama", options);
    expect(existsSync(join(path, "../../lib/ollama/cuda_v13/libggml-cuda.so"))).toBe(true);
  });

  test("of Ollama for macOS: program and libraries in one folder", async () => {
    const content = await archive(world, { ollama: "ollama version is 0.24.0", "libggml-base.dylib": "library" });
    const place = "/ollama/ollama/releases/download/v0.24.0";
    server.serve(`${place}/sha256sum.txt`, `${sha256(content)} *ollama-darwin.tgz\n`);
    server.serve(`${place}/ollama-darwin.tgz`, content);
    options.platform = { os: "darwin", arch: "arm64" };
    const { path } = await ensureBinary("ollama", options);
    expect(readdirSync(join(path, "..")).sort()).toEqual(["libggml-base.dylib", "ollama"]);
  });

  test("is followed over redirects to another host", async () => {
    const content = await serveEtcd(world);
    server.serve("/elsewhere/file?signed=1", content);
    server.serve("/hop", "", { redirect: "elsewhere/file?signed=1" });
    server.serve(`${etcdFolder}/${etcdFile}`, "", {
      redirect: `${server.origin.replace("127.0.0.1", "localhost")}/hop`,
    });
    expect(await ensureBinary("etcd", options)).toMatchObject({ source: "download" });
  });

  test("is fetched once more after a cut", async () => {
    await serveEtcd(world, ["cut", "whole"]);
    expect(await ensureBinary("etcd", options)).toMatchObject({ source: "download" });
    expect(seen.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/ended after \d+ B of \d+ B; trying once more$/),
    );
  });

  test("replaces what lies in its place and no longer answers", async () => {
    await serveEtcd(world);
    const { path } = await ensureBinary("etcd", options);
    writeScript(path, "exit 1");
    expect(await ensureBinary("etcd", options)).toEqual({ name: "etcd", path, version: "3.6.16", source: "download" });
    expect(leftIn(world, "etcd")).toEqual(["3.6.16"]);
  });

  test("tells how far it is, in bytes", async () => {
    const content = await serveEtcd(world);
    await ensureBinary("etcd", options);
    expect(seen.filter(({ phase }) => phase === "verifying")).toMatchObject([
      { done: content.length, total: content.length },
    ]);
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual([
      "looking",
      "downloading",
      "verifying",
      "unpacking",
      "ready",
    ]);
  });
});
