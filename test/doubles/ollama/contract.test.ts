import { systemClock } from "../../../operator/clock/system.ts";
import type { Digest } from "../../../operator/engines/engine.ts";
import { ollamaEngine } from "../../../operator/engines/ollama/driver.ts";
import { ollamaContract } from "./contract/contract.ts";
import type { ContractHost } from "./contract/host.ts";
import { startOllamaDouble } from "./double.ts";
import { parseName } from "./names.ts";

ollamaContract("the double of Ollama", async (): Promise<ContractHost> => {
  const double = await startOllamaDouble();
  const { registry } = double.settings;
  registry.unreachableHosts.add("127.0.0.1:1");
  const engine = ollamaEngine({ url: double.url }, { clock: systemClock });
  const reference = (name: string): string => `registry.test:5000/library/${name}:latest`;
  return {
    url: double.url,
    engine,
    isSound: async (name) => !double.disk.isSpoilt(parseName(name)),
    registry: {
      reference,
      unreachable: "127.0.0.1:1/library/any:latest",
      publish: async (name, seed) => {
        const manifest = registry.put(reference(name), { seed: String(seed), bytes: 285_568 });
        return { reference: reference(name), digest: manifest.digest as Digest };
      },
      slowTo: (bytesPerSecond) => {
        double.settings.pullBytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY;
      },
      corrupt: (on) => {
        registry.corruptAll = on;
      },
      answerManifests: (status) => {
        registry.outage = status === undefined ? undefined : `${status}: {"errors":[]}`;
      },
      downloading: () => double.downloads.running,
    },
    close: async () => {
      await engine.close();
      await double.stop();
    },
  };
});
