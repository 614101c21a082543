/** ModelHost: one machine that runs models. The zod source of its CRD, its TypeScript types and its defaults. */
import { z } from "zod";
import { conditions } from "./fields/condition.ts";
import {
  bytes,
  count,
  dateTime,
  digest,
  labelPattern,
  objectName,
  printablePattern,
  quantity,
  sha256,
} from "./fields/primitives.ts";
import { type Kind, type KindObject, resourceOf, rules } from "./kind.ts";

const secretKey = z.object({
  name: objectName().describe("Name of the Secret, in the namespace of the operator: it may read no other."),
  key: z.string().min(1).max(253).default("token").describe("Key in the Secret."),
});

const direct = z
  .object({
    url: z
      .string()
      .min(1)
      .max(2048)
      .meta(
        rules(
          {
            rule: "self.matches('^https?://')",
            message: "the URL must start with https:// (or http:// on loopback or inside the cluster)",
          },
          {
            rule: "!self.matches('^https?://[^/]*@')",
            message: "a URL must not carry a user or password: put a token in a Secret and name it in bearerToken",
          },
          {
            rule: "self.matches('^[a-z]+://[^/?#]*/?$')",
            message: "give only scheme, host and port: paths such as /api are added by us",
          },
          {
            rule: "!self.matches('^https?://(0\\\\.0\\\\.0\\\\.0|\\\\[::\\\\])(:|/|$)')",
            message:
              "0.0.0.0 is where a server listens, not an address to call: give the machine's own name or address",
          },
          {
            rule: "!self.matches('^https?://169\\\\.254\\\\.')",
            message: "link-local addresses are never called: they hold the metadata services of clouds",
          },
        ),
      )
      .describe(
        "Base URL of the engine, for example https://gpu1.example.org:11434. Plain http only on loopback or inside the cluster.",
      ),
    caBundle: z
      .string()
      .max(65536)
      .meta(
        rules(
          {
            rule: "self.contains('-----BEGIN CERTIFICATE-----')",
            message: "caBundle must be PEM: -----BEGIN CERTIFICATE-----",
          },
          {
            rule: "!self.contains('PRIVATE KEY')",
            message: "caBundle holds a private key: only certificates belong here; treat that key as leaked",
          },
        ),
      )
      .optional()
      .describe("PEM certificates that the server's certificate must chain to, instead of the system's."),
    publicKeySha256: sha256()
      .optional()
      .describe("SHA-256 of the server's public key (SPKI, DER), hex: only that key is accepted."),
    clientCertificate: z
      .object({ name: objectName().describe("Name of the Secret, in the namespace of the operator.") })
      .optional()
      .describe("Secret of type kubernetes.io/tls that we present to the server."),
    bearerToken: secretKey.optional().describe("Secret with a token that is sent as Authorization: Bearer."),
  })
  .meta(
    rules(
      {
        rule: "!(self.url.startsWith('http://') && has(self.bearerToken))",
        message: "bearerToken over plain http would be readable on the way: use https",
      },
      {
        rule: "!(self.url.startsWith('http://') && (has(self.caBundle) || has(self.publicKeySha256) || has(self.clientCertificate)))",
        message:
          "caBundle, publicKeySha256 and clientCertificate say how to do TLS, but the URL is plain http: use https",
      },
    ),
  );

const tunnel = z.object({
  publicKey: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^ssh-ed25519 [A-Za-z0-9+/=]+( [ -~]*)?$/)
    .describe("The host's own key (ssh-ed25519). The machine dials out and proves that it holds it."),
});

const quietHours = z
  .object({
    start: z
      .string()
      .max(5)
      .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
      .describe("Local time at which the machine stops serving, HH:MM."),
    end: z
      .string()
      .max(5)
      .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
      .describe("Local time at which it serves again. Earlier than start: on the next day."),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/)
      .default("UTC")
      .describe("IANA name, for example Europe/Berlin."),
    days: z
      .array(z.enum(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))
      .max(7)
      .optional()
      .meta({ "x-kubernetes-list-type": "set" })
      .describe("Days on which it starts; every day when left out."),
  })
  .meta(
    rules({ rule: "self.start != self.end", message: "start and end are the same: for the whole day set pause: true" }),
  );

const engine = z.object({
  kind: z.enum(["Ollama"]).default("Ollama").describe("What runs there."),
  parallel: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      "OLLAMA_NUM_PARALLEL of the server: requests that one loaded model answers at once. Each takes its own share of KV cache.",
    ),
  kvCacheType: z.enum(["f16", "q8_0", "q4_0"]).default("f16").describe("OLLAMA_KV_CACHE_TYPE of the server."),
  maxLoadedModels: z.int().min(1).max(64).optional().describe("OLLAMA_MAX_LOADED_MODELS of the server, if set."),
});

const spec = z
  .object({
    owner: z.string().min(1).max(63).regex(labelPattern).describe("Member who owns the machine."),
    site: z
      .string()
      .min(1)
      .max(63)
      .regex(labelPattern)
      .optional()
      .describe("Where it stands: machines of one site fail together."),
    layer: z
      .enum(["edge", "community"])
      .default("community")
      .describe("edge: serves its owner only. community: serves everybody."),
    endpoint: z
      .object({
        direct: direct.optional().describe("Reached by URL."),
        tunnel: tunnel.optional().describe("Dials out to us."),
      })
      .meta(
        rules({
          rule: "has(self.direct) != has(self.tunnel)",
          message: "set exactly one of endpoint.direct, endpoint.tunnel",
        }),
      )
      .describe("How it is reached: exactly one of direct, tunnel."),
    node: objectName().optional().describe("Kubernetes Node that it was discovered on."),
    hardware: z
      .object({
        accelerator: z.enum(["cpu", "nvidia", "amd", "apple", "intel"]).default("cpu").describe("What computes."),
        product: z
          .string()
          .max(128)
          .regex(printablePattern)
          .optional()
          .describe("For example NVIDIA GeForce RTX 3090."),
        memory: quantity().describe("Memory that models can use on it: GPU memory, or main memory on a CPU host."),
        disk: quantity().optional().describe("Disk that models may take in all. Left out: not checked before a pull."),
      })
      .describe("What the owner declares. Where discovery finds labels, those are compared with it."),
    memoryShare: z.int().min(1).max(100).default(100).describe("Percent of the memory that the community may use."),
    quietHours: z.array(quietHours).max(14).optional().describe("When the owner wants the machine for themself."),
    pause: z.boolean().default(false).describe("true: nothing new is placed and what runs moves away."),
    trust: z
      .enum(["unknown", "known", "trusted"])
      .default("known")
      .describe("How far the community trusts what it says. It decides which deployments may run there."),
    allowedNamespaces: z
      .array(
        z
          .string()
          .min(1)
          .max(63)
          .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/),
      )
      .min(1)
      .max(64)
      .meta({
        "x-kubernetes-list-type": "set",
        ...rules({
          rule: "!self.exists(n, n == '*') || self.size() == 1",
          message: "`*` already is every namespace: leave the others out, or leave `*` out",
        }),
      })
      .default(["*"])
      .describe("Namespaces whose deployments may use it; `*` is every one."),
    engine: engine
      .default({ kind: "Ollama", parallel: 1, kvCacheType: "f16" })
      .describe("Settings of the server that no request can change; declared here, compared with what is measured."),
  })
  .meta(
    rules({
      rule: "!(has(self.node) && has(self.endpoint.tunnel))",
      message: "a machine that is a Node of this cluster is reached directly, not by tunnel",
    }),
  );

const modelOnDisk = z.object({
  name: z.string().max(400).describe("Name on the host."),
  digest: digest().describe("Digest as the host claims it."),
  bytes: bytes().describe("Size on disk as the host claims it."),
  ours: z.boolean().describe("Made by this operator. Others are never touched."),
});

const modelInMemory = z.object({
  name: z.string().max(400).describe("Name on the host."),
  bytes: bytes().describe("Memory in all."),
  acceleratorBytes: bytes().describe("Memory on the accelerator; less than all means that part of it runs on the CPU."),
  ours: z.boolean().describe("Loaded by this operator."),
});

const removal = z.object({
  model: z.string().max(400).describe("Name on the host."),
  deployment: z.string().max(320).describe("namespace/name that it was for."),
  uid: z.string().max(64).optional().describe("Of that deployment: a later one of the same name is another one."),
  since: dateTime().describe("When the removal was wanted."),
  message: z.string().max(1024).optional().describe("Why it is not done yet, where the host refused it."),
});

const made = z.object({
  model: z.string().max(400).describe("Name on the host."),
  deployment: z.string().max(320).describe("namespace/name that it is for."),
  uid: z.string().max(64).describe("Of that deployment."),
});

const status = z.object({
  observedGeneration: z
    .int()
    .min(0)
    .meta({ format: "int64" })
    .optional()
    .describe("The generation that this status was computed from."),
  version: z.string().max(64).optional().describe("Version of the engine, as it claims."),
  state: z.string().max(64).optional().describe("One word for kubectl get."),
  memory: z
    .object({
      capacityBytes: bytes().describe("Declared or discovered."),
      allowedBytes: bytes().describe("The owner's share of it."),
      usedBytes: bytes().describe("Loaded now, strangers' models included."),
    })
    .optional()
    .describe("Memory for models."),
  disk: z
    .object({
      capacityBytes: bytes().optional().describe("Declared."),
      usedBytes: bytes().describe("Models on it, strangers' models included, as the host claims."),
    })
    .optional()
    .describe("Disk for models."),
  summary: z.string().max(128).optional().describe("Used and allowed memory, for kubectl get."),
  models: z.array(modelOnDisk).max(512).optional().describe("What lies on its disk."),
  loaded: z.array(modelInMemory).max(128).optional().describe("What is in its memory."),
  modelCount: count().optional().describe("Models of ours on its disk."),
  made: z
    .array(made)
    .max(1024)
    .optional()
    .describe(
      "Names that this installation makes there, written down when a replica gets the host. What is not in this list is never removed.",
    ),
  removals: z.array(removal).max(512).optional().describe("What is to be removed as soon as the host answers."),
  lastSeen: dateTime().optional().describe("When it last answered; written when it changes state, not on every probe."),
  conditions: conditions(),
});

export const modelHostKind = {
  kind: "ModelHost",
  plural: "modelhosts",
  singular: "modelhost",
  shortNames: ["mh"],
  scope: "Cluster",
  description: "One machine that runs models: who owns it, how it is reached, what of it the community may use.",
  spec,
  status,
  columns: [
    { name: "Owner", type: "string", jsonPath: ".spec.owner", description: "Whose machine." },
    { name: "Layer", type: "string", jsonPath: ".spec.layer", description: "Whom it serves." },
    { name: "State", type: "string", jsonPath: ".status.state", description: "How it is." },
    { name: "Memory", type: "string", jsonPath: ".status.summary", description: "Used and allowed." },
    { name: "Models", type: "integer", jsonPath: ".status.modelCount", description: "Models of ours on its disk." },
    { name: "Version", type: "string", jsonPath: ".status.version", description: "Of the engine." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
    {
      name: "Message",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: "Why it is or is not ready.",
      priority: 1,
    },
  ],
  rules: [],
} as const satisfies Kind;

export type ModelHostSpec = z.output<typeof spec>;
export type ModelHostStatus = z.output<typeof status>;
export type DirectEndpoint = z.output<typeof direct>;
export type QuietHours = z.output<typeof quietHours>;
export type ModelOnDisk = z.output<typeof modelOnDisk>;
export type ModelInMemory = z.output<typeof modelInMemory>;
export type Removal = z.output<typeof removal>;
export type MadeModel = z.output<typeof made>;
export type ModelHost = KindObject<"ModelHost", ModelHostSpec, ModelHostStatus>;
export const modelHosts = resourceOf(modelHostKind);
