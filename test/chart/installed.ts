/** A real API server that holds what the chart would install, short of what only a node could run. */
import { stringify } from "yaml";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { apiVersion } from "../../operator/apis/group.ts";
import { kinds } from "../../operator/apis/kinds.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { kubectl, requestApi, startTestControlPlane } from "../control-plane/test.ts";
import { type Manifest, namespace, renderedObjects } from "./helm.ts";
import { governed, machines, networks, witness } from "./values.ts";

export const governedNamespaces = ["community", "workshop"];

/** Every part of the chart that has an account, a role, a policy or a pod. */
export const everything = {
  cluster: { networks },
  hostSecrets: ["host-token", "host-certificate"],
  ollama: { machines },
  gateway: {
    replicas: 2,
    ingress: { enabled: true, host: "ai.friends.example", tlsSecret: "ai-tls", className: "nginx" },
  },
  operator: { replicas: 2 },
  governance: { ...governed, namespaces: governedNamespaces },
  siteRegistry: { enabled: true },
  monitoring: { dashboards: { enabled: true } },
  witness,
  networkPolicies: { metricsFrom: { "kubernetes.io/metadata.name": "monitoring" } },
};

const ours = `/apis/${apiVersion}`;
const takenUpMs = 90_000;

export interface Installed {
  readonly plane: ControlPlane;
  /** As rendered. */
  readonly objects: readonly Manifest[];
  /** What the API server knows somebody of ours by, as the kubelet would ask for it: by TokenRequest. */
  tokenOf(account: string): Promise<string>;
  end(): Promise<void>;
}

/** `fieldManager`: who applies it. Resolves once the kinds are served and the policies refuse. */
export async function install(values: object, fieldManager = "helm"): Promise<Installed> {
  const objects = await renderedObjects(values);
  const plane = await startTestControlPlane();
  try {
    await kubectl(plane, ["create", "namespace", namespace]);
    await apply(plane, objects, fieldManager);
    await served(plane);
    if (objects.some(({ metadata }) => metadata.name === "commonhold-governed-objects"))
      await answered(plane, 403, "POST", `${ours}/members?dryRun=All`, {
        apiVersion,
        kind: "Member",
        metadata: { name: "never" },
        spec: { displayName: "Nobody" },
      });
  } catch (error) {
    await plane.discard();
    throw error;
  }
  return { plane, objects, tokenOf: (account) => tokenOf(plane, account), end: () => plane.discard() };
}

export async function served(plane: ControlPlane): Promise<void> {
  for (const { plural } of kinds) await answered(plane, 200, "GET", `${ours}/${plural}`);
}

/** A server takes up kinds and policies some time after it stored them, and tells nobody. */
export async function answered(
  plane: ControlPlane,
  status: number,
  method: string,
  path: string,
  body?: object,
): Promise<void> {
  const deadline = systemClock.now() + takenUpMs;
  for (;;) {
    const answer = await requestApi(plane, method, path, body);
    if (answer.status === status) return;
    if (systemClock.now() > deadline)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}, not ${status}`);
    await systemClock.sleep(50);
  }
}

/** By server-side apply, with what a hook would make left out: it is made when somebody asks for it. */
export async function apply(
  plane: ControlPlane,
  objects: readonly Manifest[],
  fieldManager: string,
  ...options: readonly string[]
): Promise<string> {
  const stdin = objects
    .filter((object) => !isHook(object))
    .map((object) => stringify(object, { compat: "yaml-1.1" }))
    .join("---\n");
  const how = ["--server-side", "--force-conflicts", `--field-manager=${fieldManager}`, ...options];
  return kubectl(plane, ["apply", ...how, "-f", "-"], { stdin });
}

export function isHook({ metadata }: Manifest): boolean {
  return metadata.annotations !== undefined && "helm.sh/hook" in metadata.annotations;
}

export async function tokenOf(plane: ControlPlane, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { status, body } = await requestApi(plane, "POST", path, { spec: { expirationSeconds: 3600 } });
  if (status !== 201) throw new Error(`no token for ${account}: ${status} ${JSON.stringify(body)}`);
  return body.status.token;
}
