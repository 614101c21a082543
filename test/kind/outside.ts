/** A door for this process, which is in no network of the cluster: a second Service on a port of the node. */
import { stringify } from "yaml";
import type { Substrate } from "../node/substrate.ts";
import { outsideNodePort } from "./config.ts";

/** For the pods of an existing Service; Kubernetes takes it away with that one. There is one port, thus one door. */
export async function openDoor(
  kubectl: Substrate["kubectl"],
  { namespace, service, port }: { namespace: string; service: string; port: number },
): Promise<void> {
  const found = await kubectl(["-n", namespace, "get", `service/${service}`, "-o", "json"]);
  await kubectl(["apply", "-f", "-"], stringify(door(JSON.parse(found) as InnerService, port)));
}

export interface InnerService {
  metadata: { name: string; namespace: string; uid: string };
  spec: { selector: Record<string, string>; ports: { port: number; targetPort: number | string }[] };
}

export function door({ metadata: { name, namespace, uid }, spec }: InnerService, port: number): object {
  const inner = spec.ports.find((offered) => offered.port === port);
  if (!inner) throw new Error(`Service ${namespace}/${name} has no port ${port}`);
  const owner = { apiVersion: "v1", kind: "Service", name, uid };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: `${name}-outside`, namespace, ownerReferences: [owner] },
    spec: {
      type: "NodePort",
      selector: spec.selector,
      ports: [{ port, targetPort: inner.targetPort, nodePort: outsideNodePort }],
    },
  };
}
