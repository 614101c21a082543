/** Values of installations that people would have. */
import { genesis, logKey, origin } from "../../governance/witness/log-world.fixture.ts";
import { toBase64 } from "../../operator/tlog/note/base64.ts";
import { formatPublicKey, privateNoteKey } from "../../operator/tlog/note/key.ts";

export const networks = ["10.42.0.0/16", "10.43.0.0/16"];

export const machines = [
  { name: "tower", node: "alices-tower", class: "nvidia" },
  { name: "lab", node: "lab-server", class: "amd", cache: { size: "200Gi" } },
  { name: "pi", node: "raspberry-pi", class: "cpu", resources: { limits: { memory: "6Gi" } } },
];

export const policy = {
  url: "ssh://git@forge.example/policy.git",
  genesis: "0".repeat(40),
  sshSecret: "policy-access",
};

export const governed = { enabled: true, policy };

/** Of the log that `log-world.fixture.ts` makes. */
export const witness = {
  enabled: true,
  name: "ada.example/witness",
  origin,
  logKeys: [formatPublicKey(logKey)],
  genesis: toBase64(genesis),
};

export const cosigner = formatPublicKey(privateNoteKey(witness.name, 4, Buffer.alloc(32, 4)));

/** Each named by what it is; `profile` is a values file of the chart. */
export const installations: Readonly<Record<string, { values: object; profile?: string }>> = {
  "the defaults": { values: {} },
  "three machines on k3s, governed by plain git, in the small profile": {
    values: { governance: governed, ollama: { machines } },
    profile: "values-small.yaml",
  },
  "three machines in the community profile, governed by GitHub as an App, behind an Ingress": {
    values: {
      cluster: { networks },
      hostSecrets: ["tower-token", "lab-tls"],
      ollama: { machines },
      governance: {
        enabled: true,
        forge: "github",
        policy: { genesis: "1".repeat(40) },
        github: {
          ...{ repository: "friends/policy", repositoryId: "github:42", appId: "7", secret: "github-app" },
          webhook: { enabled: true, ingress: { enabled: true, host: "hooks.friends.example", tlsSecret: "hooks-tls" } },
        },
        witnesses: [`https://ada.example/witness ${cosigner}`],
        witnessQuorum: 1,
      },
      gateway: { ingress: { enabled: true, host: "ai.friends.example", tlsSecret: "ai-tls", className: "nginx" } },
    },
    profile: "values-community.yaml",
  },
  "a gateway behind the Gateway API, with monitoring, a witness, images by digest, and a registry of the site": {
    values: {
      image: { digest: `sha256:${"a".repeat(64)}`, pullSecrets: ["registry"] },
      gateway: {
        httpRoute: { enabled: true, gateway: { name: "edge", namespace: "edge" }, hostnames: ["ai.example"] },
      },
      monitoring: {
        serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
        dashboards: { enabled: true, folder: "Our AI" },
        alerts: { enabled: true, labels: { release: "prometheus" } },
      },
      networkPolicies: { metricsFrom: { "kubernetes.io/metadata.name": "monitoring" } },
      cluster: { networks },
      scheduling: {
        nodeSelector: { "commonhold.example/awake": "true" },
        tolerations: [{ key: "commonhold.example/services", operator: "Exists" }],
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [{ key: "battery", operator: "DoesNotExist" }] } },
            ],
          },
        },
      },
      siteRegistry: { enabled: true, storage: { className: "fast" } },
      witness,
    },
  },
  "a registry of the site for hosts outside the cluster, behind a name with a certificate": {
    values: {
      cluster: { networks },
      governance: governed,
      siteRegistry: {
        enabled: true,
        host: "models.friends.example",
        tls: true,
        service: { type: "NodePort" },
        storage: { existingClaim: "models" },
      },
    },
  },
};
