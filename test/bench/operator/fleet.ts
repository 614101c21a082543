/** Process: the machines of a community as doubles of Ollama, each on a port of its own, and the model files that they are to get. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type OllamaDouble, startOllamaDouble } from "../../doubles/ollama/double.ts";
import { tinyGguf } from "../../models/tiny-gguf.ts";
import { serveParent } from "../processes/serve.ts";
import { type Fleet, modelsPerHostMax } from "./fleet-size.ts";

const doubles: OllamaDouble[] = [];
const files = new Map<string, Buffer>();

serveParent({
  async start({ hosts, deployments }: { hosts: number; deployments: number }): Promise<Fleet> {
    const maxLoaded = modelsPerHostMax;
    for (let at = 0; at < hosts; at++) doubles.push(await startOllamaDouble({ maxLoaded }));
    const origin = await serveFiles();
    const made = Array.from({ length: deployments }, (_, at) => {
      const bytes = tinyGguf({ name: `tiny-${at}` });
      files.set(`/${at}.gguf`, bytes);
      return { url: `${origin}/${at}.gguf`, sha256: sha256(bytes), size: bytes.length };
    });
    return { urls: doubles.map(({ url }) => url), files: made };
  },
  /** Requests to all hosts since this was last asked. Each remembers its last thousand: ask often enough. */
  asked: () => doubles.reduce((sum, { requests }) => sum + requests.splice(0).length, 0),
  loaded: () => doubles.reduce((sum, { memory }) => sum + memory.runners.length, 0),
});

async function serveFiles(): Promise<string> {
  const server = createServer((request, response) => {
    const bytes = files.get(request.url ?? "");
    if (bytes) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
