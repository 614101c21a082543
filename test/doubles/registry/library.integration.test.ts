/** The double of Ollama's library, held to what is told of it: what works with the library works with it, and what does not, does not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { registryConfig } from "../../../cli/up/binaries/registry-config.ts";
import { freePort } from "../../../cli/up/processes/ports.ts";
import { waitReady } from "../../../cli/up/processes/readiness.ts";
import { startProcess } from "../../../cli/up/processes/start.ts";
import { scratchDirectory } from "../../control-plane/scratch.ts";
import { tinyGguf } from "../../models/tiny-gguf.ts";
import { programPath } from "../../programs/program-path.ts";
import { type LibraryDouble, startLibraryDouble } from "./library.ts";
import { type PushedModel, pushModel } from "./push.ts";
import { type StartedRegistry, startTestRegistry } from "./start.ts";

const accept = "application/vnd.docker.distribution.manifest.v2+json";

let upstream: StartedRegistry;
let library: LibraryDouble;
let pushed: PushedModel;

beforeAll(async () => {
  upstream = await startTestRegistry();
  library = await startLibraryDouble(upstream.origin);
  pushed = await pushModel(upstream.origin, { repository: "library/tiny", tag: "1", gguf: tinyGguf({ seed: 51 }) });
});
afterAll(async () => {
  await library?.close();
  await upstream?.discard();
});

const at = (what: string, more: RequestInit = {}) =>
  fetch(`${library.origin}/v2/library/tiny/${what}`, { headers: { accept }, redirect: "manual", ...more });

describe("the library", () => {
  test("gives a manifest by its tag as plain text, and by its digest not at all", async () => {
    const byTag = await at("manifests/1");
    expect([byTag.status, byTag.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    const byDigest = await at(`manifests/${pushed.digest}`);
    expect([byDigest.status, await byDigest.text()]).toEqual([500, expect.stringContaining("internal error")]);
  });

  test("sends who wants a blob to a signed address of another host, which is good for nothing without its signature", async () => {
    const { status, headers } = await at(`blobs/${pushed.weights}`);
    expect(status).toBe(307);
    const to = new URL(headers.get("location") ?? "");
    expect(to.hostname).toBe("localhost");
    expect((await fetch(to)).status).toBe(200);
    expect((await fetch(to, { headers: { authorization: "Bearer token" } })).status).toBe(400);
    to.searchParams.delete("X-Amz-Signature");
    expect((await fetch(to)).status).toBe(403);
  });

  test("cannot be cached by the CNCF's registry as a pull-through cache, which a registry that keeps to the specification can", async () => {
    expect(await throughCacheOf(library.origin)).toBeGreaterThanOrEqual(400);
    expect(await throughCacheOf(upstream.origin)).toBe(200);
  });
});

/** Status of the manifest that such a cache gives. */
async function throughCacheOf(remoteurl: string): Promise<number> {
  const folder = scratchDirectory("pull-through");
  const address = `127.0.0.1:${await freePort()}`;
  const config = { ...parse(registryConfig({ address, folder })), proxy: { remoteurl } };
  writeFileSync(join(folder, "config.yml"), stringify(config));
  const program = await startProcess({
    name: "pull-through cache",
    command: await programPath("registry"),
    args: ["serve", join(folder, "config.yml")],
    env: { PATH: process.env["PATH"], HOME: folder, OTEL_TRACES_EXPORTER: "none" },
    logPath: join(folder, "log"),
  });
  try {
    const answers = async (signal: AbortSignal) => (await fetch(`http://${address}/`, { signal })).ok;
    await waitReady(program, answers, { deadlineMs: 15_000 });
    return (await fetch(`http://${address}/v2/library/tiny/manifests/1`, { headers: { accept } })).status;
  } finally {
    program.kill("SIGKILL");
    await program.exited;
  }
}
