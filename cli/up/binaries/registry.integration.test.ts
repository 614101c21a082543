import { expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { createTinyModel } from "../../../test/control-plane/tiny-model.ts";
import { startTestRegistry } from "../../../test/doubles/registry/start.ts";
import { startOllama } from "../ollama/start.ts";
import { ensureBinary } from "./ensure.ts";
import { sha256 } from "./release-server.fixture.ts";

test("the real Ollama pushes to the registry and pulls from it, and the manifest's digest is the registry's", async () => {
  const { path } = await ensureBinary("ollama", { env: process.env, onProgress: () => {}, clock: systemClock });
  const registry = await startTestRegistry();
  const ollama = await startOllama({ command: path, directory: scratchDirectory("ollama") });
  const ask = async (method: string, what: string, body: object): Promise<void> => {
    const response = await fetch(`${ollama.url}/api/${what}`, { method, body: JSON.stringify(body) });
    expect(await response.text()).not.toContain('"error"');
  };
  try {
    const model = `${registry.host}/library/tiny:latest`;
    await createTinyModel(ollama.url, "tiny");
    await ask("POST", "copy", { source: "tiny", destination: `http://${model}` });
    await ask("POST", "push", { model: `http://${model}`, insecure: true, stream: false });
    for (const local of ["tiny", model]) await ask("DELETE", "delete", { model: local });
    await ask("POST", "pull", { model: `http://${model}`, insecure: true, stream: false });

    const manifest = await fetch(`${registry.origin}/v2/library/tiny/manifests/latest`);
    const tags = await (await fetch(`${ollama.url}/api/tags`)).json();
    const digest = sha256(Buffer.from(await manifest.arrayBuffer()));
    expect(tags).toMatchObject({ models: [{ model, digest }] });
    expect(manifest.headers.get("docker-content-digest")).toBe(`sha256:${digest}`);
  } finally {
    await ollama.stop();
    await registry.discard();
  }
});
