/** Deployments whose models lie on a double, as if the deployments' controller had made them there. */
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { baseName, servedName } from "../../operator/models/names.ts";
import type { OllamaDouble } from "../doubles/ollama/double.ts";
import { parseName } from "../doubles/ollama/names.ts";
import type { RunningHosts } from "./running-hosts.ts";
import { type Community, eventually } from "./test.ts";

export const revision = "0123456789ab";

/** A deployment that has a replica on the host, and its two models there, as if the deployments' controller had made them. */
export async function placed(community: Community, host: string, ollama: OllamaDouble, name = "chat") {
  const draft = await community.deployment(name);
  const { base, served } = namesOf(draft);
  await setReplica(community, name, host, { base, served }, "Ready");
  put(ollama, base);
  put(ollama, served);
  return { deployment: draft, base, served, uid: draft.metadata.uid, key: `${community.namespace}/${name}` };
}

function namesOf({ metadata }: ModelDeployment) {
  return { base: baseName(metadata, `sha256:${"a".repeat(64)}`), served: servedName(metadata, revision) };
}

function setReplica(
  community: Community,
  name: string,
  host: string,
  { base, served }: { base: string; served: string },
  state: "Ready" | "Removing",
) {
  return community.writeReplicas(name, [{ id: "r1", state, hosts: [{ name: host, bytes: 1, model: served, base }] }]);
}

export function put(ollama: OllamaDouble, name: string): void {
  ollama.settings.registry.put(name);
  ollama.give(name);
}

export const onDisk = (ollama: OllamaDouble, name: string) => ollama.disk.find(parseName(name)) !== undefined;

export const stranger = "mistral:latest";

/** The replica leaves, and this operator's cache of deployments knows it, as it does where the deployments' controller wrote it. */
export async function leave(
  community: Community,
  operator: RunningHosts,
  host: string,
  names: { base: string; served: string },
) {
  await setReplica(community, "chat", host, names, "Removing");
  await eventually("known to leave", () =>
    operator.deployments
      .get(`${community.namespace}/chat`)
      ?.status?.replicas?.every(({ state }) => state === "Removing"),
  );
}
