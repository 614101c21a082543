import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../operator/clock/system.ts";
import { ollamaEngine } from "../../../operator/engines/ollama/driver.ts";
import { startTestOllama } from "../../control-plane/ollama.ts";
import { tinyGguf } from "../../models/tiny-gguf.ts";
import type { Act } from "../registry/faults.ts";
import { type RegistryProxy, startRegistryProxy } from "../registry/proxy.ts";
import { pushModel } from "../registry/push.ts";
import { startTestRegistry } from "../registry/start.ts";
import { ollamaContract } from "./contract/contract.ts";
import { type ContractHost, type ContractRegistry, digestOf } from "./contract/host.ts";

ollamaContract("a real Ollama", async (): Promise<ContractHost> => {
  const [ollama, registry] = await Promise.all([startTestOllama(), startTestRegistry()]);
  const proxy = await startRegistryProxy(registry.origin);
  const engine = ollamaEngine({ url: ollama.url }, { clock: systemClock });
  return {
    url: ollama.url,
    engine,
    isSound: async (name) => {
      const { blobs } = await engine.inspect(name);
      return blobs.length > 0 && blobs.every((digest) => digestOf(readFileSync(blobPath(ollama, digest))) === digest);
    },
    registry: throughProxy(registry.origin, proxy),
    close: async () => {
      await Promise.all([engine.close(), proxy.close()]);
      await Promise.all([ollama.discard(), registry.discard()]);
    },
  };
});

function throughProxy(origin: string, proxy: RegistryProxy): ContractRegistry {
  const reference = (name: string): string => `${proxy.host}/library/${name}:latest`;
  const wanted: { bytesPerSecond?: number | undefined; corrupt?: boolean; manifests?: number | undefined } = {};
  const want = (change: typeof wanted): void => {
    Object.assign(wanted, change);
    proxy.heal();
    const { bytesPerSecond, corrupt, manifests } = wanted;
    const pace = bytesPerSecond === undefined ? undefined : { bytesPerSecond };
    const act: Act | undefined = corrupt ? { kind: "flip", atByte: 0, ...pace } : pace && { kind: "slow", ...pace };
    if (act) proxy.lay({ match: "/blobs/", act });
    if (manifests !== undefined) {
      const body = '{"errors":[]}';
      proxy.lay({ match: "/manifests/", act: { kind: "answer", status: manifests, body } });
    }
  };
  return {
    reference,
    unreachable: "127.0.0.1:1/library/any:latest",
    publish: async (name, seed) => {
      const repository = `library/${name}`;
      const { digest } = await pushModel(origin, { repository, tag: "latest", gguf: tinyGguf({ seed }) });
      return { reference: reference(name), digest };
    },
    slowTo: (bytesPerSecond) => want({ bytesPerSecond }),
    corrupt: (corrupt) => want({ corrupt }),
    answerManifests: (manifests) => want({ manifests }),
    // Ollama first asks where a blob is, and leaves; its downloads ask for ranges.
    downloading: () => proxy.running().filter(({ path, range }) => path.includes("/blobs/") && range).length,
  };
}

function blobPath({ modelsPath }: { modelsPath: string }, digest: string): string {
  return join(modelsPath, "blobs", digest.replace(":", "-"));
}
