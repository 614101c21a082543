import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../operator/clock/system.ts";
import { ollamaEngine } from "../../../operator/engines/ollama/driver.ts";
import { startTestOllama } from "../../control-plane/ollama.ts";
import { ollamaContract } from "./contract/contract.ts";
import { type ContractHost, digestOf, make } from "./contract/host.ts";
import { push, startRealRegistry } from "./real-registry.ts";

ollamaContract("a real Ollama", async (): Promise<ContractHost> => {
  const [ollama, publisher, registry] = await Promise.all([startTestOllama(), startTestOllama(), startRealRegistry()]);
  const engine = ollamaEngine({ url: ollama.url }, { clock: systemClock });
  // What is published must not lie on the host already: another Ollama makes and pushes it.
  const publishing = ollamaEngine({ url: publisher.url }, { clock: systemClock });
  const { faults } = registry.proxy;
  return {
    url: ollama.url,
    engine,
    isSound: async (name) => {
      const { blobs } = await engine.inspect(name);
      return blobs.length > 0 && blobs.every((digest) => digestOf(readFileSync(blobPath(ollama, digest))) === digest);
    },
    registry: {
      reference: (name) => registry.reference(name),
      unreachable: "127.0.0.1:1/library/any:latest",
      publish: async (name, seed) => {
        await make(publishing, "published", { seed });
        await push(publisher.url, "published", registry.reference(name));
        return { reference: registry.reference(name), digest: await registry.digestOf(name) };
      },
      slowTo: (bytesPerSecond) => {
        faults.bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY;
      },
      corrupt: (on) => {
        faults.flipByte = on;
      },
      answerManifests: (status) => {
        faults.manifestStatus = status;
      },
      downloading: () => registry.proxy.serving,
    },
    close: async () => {
      await Promise.all([engine.close(), publishing.close()]);
      await Promise.all([ollama.discard(), publisher.discard(), registry.discard()]);
    },
  };
});

function blobPath({ modelsPath }: { modelsPath: string }, digest: string): string {
  return join(modelsPath, "blobs", digest.replace(":", "-"));
}
