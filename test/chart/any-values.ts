/** Values as somebody might write them, right and wrong: each field has sensible choices and some that are not. */
import fc from "fast-check";
import { cosigner } from "./values.ts";

/** Mostly what fits, at times what does not. */
const either = (right: readonly unknown[], wrong: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 150, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const some = (fields: Record<string, fc.Arbitrary<unknown>>, ...requiredKeys: string[]): fc.Arbitrary<object> =>
  fc.record(fields, { requiredKeys });

const resources = some({
  requests: some({ cpu: either(["50m", 1, "0.5"], ["half", -1]), memory: either(["64Mi", "1Gi", 1_000_000], ["1GB"]) }),
  limits: some({ memory: either(["128Mi", "2Gi"], ["lots", null]) }),
});
const extraEnv = either(
  [[], [{ name: "COMMONHOLD_STOP_TIMEOUT_MS", value: "{{ 9 }}'\"" }]],
  [[{ name: "COMMONHOLD_LOG_LEVEL", value: "info" }], [{ name: "a b", value: "" }], [{ name: "A" }]],
);
const level = either(["debug", "info", "warn"], ["loud", 3]);
const words = fc.dictionary(
  fc.constantFrom("a.example/b", "c"),
  fc.constantFrom("", "x y", "{{ .Values }}", "'\"", "no"),
);
const size = either(["1Gi", "200Gi", "512Mi"], ["1 Gi", "0Gi", 5]);
const storage = some({ size, className: either(["", "fast-ssd"], ["Fast SSD"]) });

const machine = fc.record(
  {
    name: either(["tower", "lab", "pi", "a-very-long-name-of-a-machine-0123456789"], ["Tower", "-", ""]),
    node: either(["tower", "lab.lan", "pi-4"], ["Two Words"]),
    class: either(["cpu", "nvidia", "amd"], ["tpu"]),
    cache: either(
      [{ hostPath: "/models" }, { size: "10Gi" }, { size: "10Gi", className: "fast" }],
      [{}, { hostPath: "x" }],
    ),
    resources,
  },
  { requiredKeys: ["name", "node", "class"] },
);

const gateway = some({
  extraEnv,
  replicas: either([1, 2, 7], [0, -1, "2", 1.5]),
  logLevel: level,
  metrics: either(["auto", "off", false], ["on", true]),
  corsOrigins: either([[], ["https://ai.example"]], [["*"], ["ai.example"], "x"]),
  drainTimeoutSeconds: either([5, 600], [0, "5s"]),
  bodies: some({
    together: either(["", "64Mi", "100M"], ["0Mi", 5]),
    largest: either(["", "8Mi"], ["1Gi", "x"]),
  }),
  service: some({
    type: either(["ClusterIP", "NodePort"], ["None"]),
    port: either([80, 11_435], [0]),
    annotations: words,
  }),
  podDisruptionBudget: some({ minAvailable: either([0, 1], [9, -1]) }),
  ingress: some(
    {
      enabled: fc.boolean(),
      host: either(["ai.example", "*.example"], ["AI example"]),
      tlsSecret: either(["tls"], ["", "TLS!"]),
      className: either(["", "nginx"], ["N"]),
      annotations: words,
    },
    "host",
    "tlsSecret",
  ),
  resources,
});

const governance = some(
  {
    enabled: fc.boolean(),
    forge: either(["git", "github"], ["gitlab"]),
    namespaces: either([["community"], ["a", "b-1"]], [[], ["A"], ["commonhold-system"]]),
    policy: some(
      {
        url: either(["ssh://git@x.example/p.git", "https://x.example/p"], ["", "x", "http://x.example/p", "file:///p"]),
        branch: either(["main", "release/1"], ["", "-x"]),
        genesis: either(["0".repeat(40), "a".repeat(64)], ["", "abc"]),
        sshSecret: either(["policy"], ["", "P"]),
      },
      "url",
      "genesis",
      "sshSecret",
    ),
    github: some(
      {
        repository: either(["a/b"], ["", "a"]),
        repositoryId: either(["github:1"], ["", "1"]),
        appId: either(["", "12", 12], ["x"]),
        secret: either(["github"], [""]),
        webhook: some({
          enabled: either([true], [false]),
          ingress: some({
            enabled: fc.boolean(),
            host: either(["hooks.example"], [""]),
            tlsSecret: either(["t"], [""]),
          }),
          httpRoute: some({
            enabled: either([false], [true]),
            hostnames: either([["hooks.example"]], [[]]),
            gateway: some({ name: either(["edge"], [""]) }),
          }),
        }),
      },
      "repository",
      "repositoryId",
      "secret",
    ),
    witnesses: either([[], [`https://w.example ${cosigner}`]], [["w.example"], ["https://w.example w+1+k"]]),
    witnessQuorum: either([0, 1], [-1, "1"]),
    extraEnv,
    logGenesis: either(["", `sha256:${"c".repeat(64)}`], ["sha256:c", "c"]),
    pollSeconds: either([1, 60], [0]),
    logLevel: level,
    storage: fc.oneof(storage, some({ existingClaim: either(["mine"], ["M"]) })),
    resources,
  },
  "policy",
  "github",
);

export const anyValues = some(
  {
    image: some({
      tag: either(["", "0.1.0", "main"], ["a b", ":"]),
      digest: either(["", `sha256:${"b".repeat(64)}`], ["sha256:b"]),
      pullPolicy: either(["Always", "Never"], ["No"]),
      pullSecrets: either([[], ["a"]], [["A B"]]),
    }),
    cluster: some(
      {
        networks: either([["10.0.0.0/8"], ["fd00::/8", "10.1.0.0/16"]], [[], ["10.0.0.0"]]),
        domain: either(["c.local"], ["."]),
      },
      "networks",
    ),
    restoring: fc.boolean(),
    hostSecrets: either([[], ["gpu1"]], [["A B"], ["policy"], "gpu1"]),
    crds: some({ install: fc.boolean() }),
    operator: some({
      replicas: either([1, 2], [0, 9]),
      logLevel: level,
      hostLostGraceSeconds: either([1, 60], [0]),
      resources,
    }),
    gateway,
    governance,
    ollama: some({
      machines: fc.array(machine, { maxLength: 3 }),
      keepAlive: either(["5m", "-1"], ["5", ""]),
      updateStrategy: either(["RollingUpdate", "OnDelete"], ["Recreate"]),
      image: some({ tag: either(["0.24.0"], [""]) }),
      classes: some({
        cpu: some({
          parallel: either([1, 4], [0]),
          flashAttention: either([true, false], ["yes"]),
          env: either([{ OLLAMA_DEBUG: 1 }, {}], [{ a: 1 }]),
        }),
      }),
    }),
    siteRegistry: some({
      enabled: fc.boolean(),
      host: either(["", "models.lan:11436"], ["http://models.lan"]),
      tls: either([false], [true, "yes"]),
      service: some({ type: either(["ClusterIP", "NodePort"], ["None"]) }),
      storage: fc.oneof(storage, some({ existingClaim: either(["mine"], ["M"]) })),
      resources,
      fill: some({
        enabled: fc.boolean(),
        egressPorts: either([[], [443], [443, 8443]], [[0], ["443"], [70_000], 443]),
        logLevel: either(["warn"], ["loud"]),
        resources,
      }),
    }),
    networkPolicies: some({ enabled: fc.boolean(), metricsFrom: either([{ team: "ops" }], [{}]) }, "metricsFrom"),
    priorityClasses: some({ create: fc.boolean() }),
    scheduling: some({
      nodeSelector: either([{}, { "commonhold.dev/awake": "true" }], [{ a: true }]),
      tolerations: either([[], [{ key: "a", operator: "Exists" }]], [[{ key: "a", operator: "Is" }]]),
      affinity: either(
        [{}, { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }],
        [{ hostAffinity: {} }],
      ),
    }),
    topologyKey: either(["kubernetes.io/hostname", "topology.kubernetes.io/zone"], ["rack"]),
    monitoring: some({
      serviceMonitor: some({
        enabled: fc.boolean(),
        interval: either(["10s"], ["10"]),
        keySecret: either(["", "prometheus-key"], ["K"]),
      }),
      dashboards: some({
        enabled: fc.boolean(),
        namespace: either(["", "monitoring"], ["Grafana!"]),
        labels: either([{ grafana_dashboard: "1" }, {}], [{ grafana_dashboard: 1 }]),
        folder: either(["", 'Our AI: "it" {{ x }}'], [3]),
      }),
      alerts: some({ enabled: fc.boolean(), labels: either([{}, { release: "p" }], [{ release: "p p" }]) }),
    }),
    test: some({ model: either(["smollm2"], [""]), question: either(["Who?", "'\"{{ }}\\ \n# $"], [""]) }),
  },
  "cluster",
  "networkPolicies",
);
