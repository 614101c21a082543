/**
 * What the cluster remembers of the log, in one ConfigMap: its first record and how far it had come. The folder of the service can be
 * lost and the remote can be cut by who may push to it; a log that is shorter than this, or another one, is not believed.
 */
import { fieldManagers, governanceConfigMap } from "../../operator/apis/group.ts";
import { type ConfigMap, configMaps } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import type { Digest } from "../../operator/tlog/digest.ts";

export interface Pins {
  readonly origin: string;
  readonly genesisDigest: string;
  readonly minimum: TreeHead;
  /** The signed note over `minimum`. */
  readonly checkpoint: string;
}

export interface PinStore {
  read(signal: AbortSignal): Promise<Pins | undefined>;
  write(pins: Pins, signal: AbortSignal): Promise<void>;
}

export function pinStore(client: KubeClient, namespace: string): PinStore {
  const ref = { name: governanceConfigMap, namespace };
  return {
    async read(signal) {
      const data = (await client.get<ConfigMap>(configMaps, ref, { signal }))?.data;
      return data && pinsOf(data);
    },
    async write({ origin, genesisDigest, minimum, checkpoint }, signal) {
      const root = Buffer.from(minimum.root).toString("base64");
      const data = { origin, genesis: genesisDigest, size: String(minimum.size), root, checkpoint };
      await client.apply<ConfigMap>(
        configMaps,
        { metadata: ref, data },
        { fieldManager: fieldManagers.governance, signal },
      );
    },
  };
}

/** Throws an Error where somebody made the ConfigMap unreadable: without it a lost folder could not be told from a cut log. */
function pinsOf(data: Readonly<Record<string, string>>): Pins {
  const { origin = "", genesis = "", size = "", root = "", checkpoint = "" } = data;
  const bytes = Buffer.from(root, "base64");
  if (
    /^sha256:[0-9a-f]{64}$/.test(genesis) &&
    /^[1-9][0-9]{0,14}$/.test(size) &&
    bytes.length === 32 &&
    origin !== ""
  ) {
    return { origin, genesisDigest: genesis as Digest, minimum: { size: Number(size), root: bytes }, checkpoint };
  }
  throw new Error(
    `ConfigMap ${governanceConfigMap} does not hold what pins the log (origin, genesis, size, root): ` +
      "restore it from a backup; removing it makes whatever log is found the true one",
  );
}
