/** ModelDeployment: a model that shall be served. The zod source of its CRD, its TypeScript types and its defaults. */
import { z } from "zod";
import { conditions } from "./fields/condition.ts";
import {
  bytes,
  count,
  dateTime,
  digest,
  fileSource,
  labelSelector,
  objectName,
  quantity,
} from "./fields/primitives.ts";
import { type Kind, type KindObject, resourceOf, rules } from "./kind.ts";

const huggingFace = z
  .object({
    repo: z
      .string()
      .min(3)
      .max(200)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .describe("Repository with GGUF files, `owner/name`."),
    file: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.gguf$/)
      .optional()
      .describe("File in the repository. Leave it out to choose by quantization."),
    quantization: z
      .string()
      .max(32)
      .regex(/^[A-Za-z0-9_]+$/)
      .optional()
      .describe("For example Q4_K_M. Left out together with file: what Hugging Face takes by default."),
  })
  .meta(
    rules(
      {
        rule: "!(has(self.file) && has(self.quantization))",
        message: "set file or quantization, not both: a file already has its quantization",
      },
      {
        rule: "!self.repo.endsWith('.git') && !self.repo.contains('..')",
        message: "repo is owner/name as the model's page shows it, without .git",
      },
      {
        rule: "!has(self.file) || !self.file.matches('-0*([2-9]|[1-9][0-9]+)-of-[0-9]+\\\\.gguf$')",
        message: "file must be the first part (-00001-of-…) of a split model; the others are found from it",
      },
      {
        rule: "!has(self.file) || !self.file.lowerAscii().startsWith('mmproj')",
        message: "an mmproj file is only the image part of a model; name the model's own file",
      },
    ),
  );

const model = z
  .object({
    ollama: z
      .string()
      .min(1)
      .max(400)
      .meta(
        rules(
          {
            rule: "!self.contains('://')",
            message:
              "leave out the scheme: write registry.example.org/team/name:tag; a registry without TLS is named in the operator's settings",
          },
          { rule: "!self.contains('@')", message: "write the digest in model.digest, not in the reference" },
          {
            rule: "!self.matches('[:-]cloud$')",
            message: "a :cloud model leaves the community's machines: it is not a model that can be deployed",
          },
          {
            rule: "self.contains('://') || self.contains('@') || self.matches('^[A-Za-z0-9_][A-Za-z0-9._-]*(:[0-9]+)?(/[A-Za-z0-9_][A-Za-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$')",
            messageExpression:
              "'\"' + self + '\" is not a model reference; write name, name:tag, user/name:tag or registry/user/name:tag'",
          },
        ),
      )
      .optional()
      .describe(
        "Reference in the Ollama library (`smollm2:135m`) or any registry (`registry.example.org/team/name:tag`).",
      ),
    huggingFace: huggingFace.optional().describe("A GGUF repository on Hugging Face."),
    files: z
      .array(fileSource())
      .min(1)
      .max(16)
      .meta(
        rules({
          rule: "self.all(a, self.exists_one(b, b.sha256 == a.sha256))",
          message: "two files have the same sha256: each part is named once",
        }),
      )
      .optional()
      .describe("GGUF files by URL and content; several are the parts of one split model, in order."),
    digest: digest()
      .optional()
      .describe(
        "Pin: the SHA-256 of the manifest as the registry serves it. With it a moved tag is never taken; to accept a new version, write its digest here.",
      ),
    adapters: z
      .array(fileSource())
      .max(4)
      .meta(
        rules({
          rule: "self.all(a, self.exists_one(b, b.sha256 == a.sha256))",
          message: "two adapters have the same sha256: each is named once",
        }),
      )
      .optional()
      .describe("LoRA adapters in GGUF form, applied in order."),
  })
  .meta(
    rules(
      {
        rule: "[has(self.ollama), has(self.huggingFace), has(self.files)].exists_one(given, given)",
        message: "set exactly one of model.ollama, model.huggingFace, model.files",
      },
      {
        rule: "!(has(self.files) && has(self.digest))",
        message: "model.digest pins a registry's manifest; files are pinned by their own sha256",
      },
      {
        rule: "!has(self.files) || !has(self.adapters) || self.adapters.all(a, !self.files.exists(f, f.sha256 == a.sha256))",
        message: "one file is named both as model and as adapter",
      },
    ),
  );

const parameters = z.object({
  temperature: z.number().min(0).max(2).optional().describe("Randomness: 0 is deterministic, 2 the most random."),
  topP: z.number().min(0).max(1).optional().describe("Keep the likeliest tokens up to this share of probability."),
  topK: z.int().min(0).max(1000).optional().describe("Keep this many of the likeliest tokens; 0 keeps all."),
  minP: z.number().min(0).max(1).optional().describe("Drop tokens less likely than this share of the likeliest."),
  repeatPenalty: z.number().min(0).max(2).optional().describe("Above 1 repeats are punished."),
  seed: z
    .int()
    .min(0)
    .max(2147483647)
    .optional()
    .describe("Same seed and prompt, same answer (on the same host and version)."),
  maxTokens: z.int().min(1).max(1048576).optional().describe("The most tokens that one answer may have."),
  stop: z
    .array(z.string().min(1).max(100))
    .max(16)
    .meta({ "x-kubernetes-list-type": "set" })
    .optional()
    .describe("An answer ends where one of these would come."),
});

const placement = z.object({
  layer: z
    .enum(["edge", "community"])
    .default("community")
    .describe("edge: a member's own device. community: machines shared with everybody."),
  hostSelector: labelSelector().default({}).describe("Labels that a ModelHost must have. Empty takes every host."),
  spreadBy: z
    .enum(["host", "owner", "site"])
    .default("host")
    .describe(
      "Replicas go to different hosts always; with owner or site, to different owners or sites where possible.",
    ),
  minimumTrust: z
    .enum(["unknown", "known", "trusted"])
    .default("known")
    .describe("The least trust that a host must have to run this model."),
});

const spec = z
  .object({
    model: model.describe("What to serve: exactly one of ollama, huggingFace, files."),
    replicas: z
      .int()
      .min(0)
      .max(100)
      .meta({ format: "int32" })
      .optional()
      .describe("On how many hosts. 1 when left out; 0 keeps the deployment but serves nothing."),
    context: z
      .int()
      .min(128)
      .max(4194304)
      .default(4096)
      .describe("Context length in tokens, the same on every host, for prompt and answer together."),
    parameters: parameters.default({}).describe("Defaults for generation; a request may override them."),
    system: z
      .string()
      .max(16384)
      .meta(
        rules(
          { rule: "self.trim() != ''", message: "system is empty; leave it out to use none" },
          {
            rule: "!self.matches('[\\\\x00-\\\\x08\\\\x0b\\\\x0c\\\\x0e-\\\\x1f\\\\x7f]')",
            message: "system holds control characters; only line feeds and tabs may be in it",
          },
        ),
      )
      .optional()
      .describe("System prompt, used where a request brings none of its own."),
    placement: placement
      .default({ layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" })
      .describe("Which hosts may serve it."),
    memory: quantity()
      .optional()
      .describe("Memory that one replica needs, if you know better than the estimate: for example 6Gi."),
    priority: z
      .int()
      .min(-1000)
      .max(1000)
      .default(0)
      .describe(
        "Higher is placed first when memory is short. A ready replica is never evicted for it before its replacement is ready.",
      ),
    update: z
      .enum(["Propose", "Track"])
      .default("Propose")
      .describe(
        "What a moved tag does. Propose: shown as UpdateAvailable, taken when you pin it. Track: taken by itself.",
      ),
  })
  .meta(
    rules(
      {
        rule: "!(self.update == 'Track' && has(self.model.digest))",
        message: "update: Track follows the tag, model.digest holds one version: choose one",
      },
      {
        rule: "!(self.update == 'Track' && has(self.model.files))",
        message: "update: Track has nothing to follow: files are pinned by content",
      },
      {
        rule: "!has(self.parameters.maxTokens) || self.parameters.maxTokens <= self.context",
        message:
          "parameters.maxTokens is greater than context (4096 when left out): prompt and answer together must fit into it",
      },
    ),
  );

const replicaHost = z.object({
  name: objectName().describe("ModelHost."),
  bytes: bytes().describe("Memory planned for this replica on this host; measured once it is loaded."),
  model: z.string().max(400).optional().describe("Name of the served model on the host."),
  base: z.string().max(400).optional().describe("Name of the unchanged model that the served one was made from."),
  pulled: z
    .string()
    .max(400)
    .optional()
    .describe(
      "Name that the download leaves on the host, written down before it begins and only where the host had none of that name: it is ours to remove.",
    ),
  baseCreated: digest()
    .optional()
    .describe("Digest that the host gave to the unchanged model when it was made from files."),
  created: digest()
    .optional()
    .describe(
      "Digest that the host gave to the served model when it was made. A different one later means that somebody overwrote it.",
    ),
  loadedAs: z
    .string()
    .max(400)
    .optional()
    .describe(
      "Name under which the host lists what serves it in memory, where that is another: models of the same weights share one runner.",
    ),
  version: z.string().max(64).optional().describe("Version of the engine when the model was made there."),
});

const replica = z.object({
  id: z.string().min(1).max(63).describe("Stable name of the replica."),
  hosts: z.array(replicaHost).max(16).describe("The machines that carry it together; one, until models are split."),
  state: z
    .enum(["Pending", "Pulling", "Verifying", "Creating", "Loading", "Ready", "Failed", "Lost", "Removing"])
    .describe("Where it is on its way."),
  reason: z.string().max(128).optional().describe("One PascalCase word why it is in this state."),
  message: z.string().max(2048).optional().describe("The same as a sentence."),
  digest: digest()
    .optional()
    .describe("Digest of the model that it serves, as claimed by the host and compared with the resolved one."),
  completedBytes: bytes().optional().describe("Downloaded so far; coalesced."),
  totalBytes: bytes().optional().describe("To download in all."),
  revision: z.string().max(64).optional().describe("Which version of model and settings it was made from."),
  replaces: z
    .string()
    .max(63)
    .optional()
    .describe("Id of the replica that serves until this one is ready, and is then removed."),
  attempts: count().optional().describe("Failures in a row."),
  since: dateTime().optional().describe("When it entered this state."),
  retryAfter: dateTime().optional().describe("No new try before this time."),
});

const refusal = z.object({
  host: objectName().describe("ModelHost."),
  reason: z.string().max(128).describe("One PascalCase word."),
  message: z.string().max(1024).describe("Why it was not chosen, with numbers."),
});

const resolved = z.object({
  reference: z.string().max(2048).describe("What was resolved, in full form."),
  digest: digest().describe(
    "What is served: manifest digest as the registry serves it, or the pin made of the files' digests.",
  ),
  source: z.enum(["Registry", "Files"]).describe("What the digest is of."),
  sizeBytes: bytes().describe("Size of all layers or files."),
  architecture: z.string().max(128).optional().describe("For example llama."),
  parameterCount: bytes().optional().describe("Number of weights."),
  quantization: z.string().max(64).optional().describe("For example Q4_K_M."),
  contextLength: count().optional().describe("The longest context that the model was trained for, in tokens."),
  blockCount: count().optional().describe("Layers."),
  embeddingLength: count().optional().describe("Width."),
  headCount: count().optional().describe("Attention heads."),
  headCountKv: z.array(count()).max(1024).optional().describe("KV heads, one number for all layers or one per layer."),
  keyLength: count().optional().describe("Size of one key, per head."),
  valueLength: count().optional().describe("Size of one value, per head."),
  vocabularySize: count().optional().describe("Tokens that the model knows."),
  feedForwardLength: count().optional().describe("Width of the feed-forward layers."),
  slidingWindow: count().optional().describe("Tokens that its local layers see, where it has such."),
  attachedBytes: bytes().optional().describe("Size of adapters and projectors that come with it."),
  weights: z
    .object({
      blocks: bytes().describe("All repeated layers."),
      output: bytes().describe("The last norm and the projection to the vocabulary."),
      input: bytes().describe("The token embedding."),
    })
    .optional()
    .describe("Size of the weights by place: what of them lies in which memory differs."),
  resolvedAt: dateTime().optional().describe("When."),
});

const status = z.object({
  observedGeneration: z
    .int()
    .min(0)
    .meta({ format: "int64" })
    .optional()
    .describe("The generation that this status was computed from."),
  selector: z.string().max(400).optional().describe("Label selector of the scale subresource."),
  desiredReplicas: count().optional().describe("Replicas that are wanted."),
  replicaCount: count().optional().describe("Replicas that exist, ready or not."),
  readyReplicas: count().optional().describe("Replicas that answered a probe and serve."),
  ready: z.string().max(32).optional().describe("ready/desired, for kubectl get."),
  hosts: z.string().max(2048).optional().describe("Names of the hosts that carry it, for kubectl get."),
  state: z.string().max(64).optional().describe("One word for kubectl get."),
  progress: z.string().max(64).optional().describe("How far the pull is, for kubectl get."),
  model: resolved
    .optional()
    .describe("What the reference was resolved to. Kept until the spec asks for something else."),
  available: z
    .object({
      digest: digest().describe("Digest of the manifest."),
      seenAt: dateTime().describe("When it was first seen."),
    })
    .optional()
    .describe("What the tag points at now, when that differs from what is served."),
  memory: z
    .object({
      weightsBytes: bytes().describe("The model itself."),
      kvCacheBytes: bytes().describe("Keys and values of the context, for all parallel requests."),
      graphBytes: bytes().describe("Working memory of the computation."),
      totalBytes: bytes().describe("All of it."),
      source: z
        .enum(["Estimated", "Measured", "Declared"])
        .describe("Estimated from the model's shape, measured on a host, or declared in spec.memory."),
    })
    .optional()
    .describe("Memory of one replica, and where the number comes from."),
  replicas: z.array(replica).max(100).optional().describe("Every replica and the hosts that carry it."),
  refusals: z.array(refusal).max(50).optional().describe("Why hosts were not chosen, when replicas are missing."),
  conditions: conditions(),
});

export const modelDeploymentKind = {
  kind: "ModelDeployment",
  plural: "modeldeployments",
  singular: "modeldeployment",
  shortNames: ["md"],
  scope: "Namespaced",
  description: "A model that shall be served: what, on how many hosts, with which settings.",
  spec,
  status,
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicaCount",
    labelSelectorPath: ".status.selector",
  },
  columns: [
    { name: "Model", type: "string", jsonPath: ".status.model.reference", description: "What is served." },
    { name: "Ready", type: "string", jsonPath: ".status.ready", description: "Ready and desired replicas." },
    { name: "State", type: "string", jsonPath: ".status.state", description: "Where it is." },
    { name: "Progress", type: "string", jsonPath: ".status.progress", description: "Of the pull." },
    { name: "Hosts", type: "string", jsonPath: ".status.hosts", description: "Who serves it." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
    {
      name: "Digest",
      type: "string",
      jsonPath: ".status.model.digest",
      description: "What exactly is served.",
      priority: 1,
    },
    {
      name: "Message",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: "Why it is or is not ready.",
      priority: 1,
    },
  ],
  rules: [
    {
      rule: "self.metadata.name.size() <= 63 && !self.metadata.name.contains('.')",
      message:
        "metadata.name is what people type as the model: at most 63 characters, letters, digits and dashes, no dots",
    },
  ],
} as const satisfies Kind;

export type ModelDeploymentSpec = z.output<typeof spec>;
export type ModelDeploymentStatus = z.output<typeof status>;
export type ModelSource = z.output<typeof model>;
export type GenerationParameters = z.output<typeof parameters>;
export type Placement = z.output<typeof placement>;
export type Replica = z.output<typeof replica>;
export type ReplicaHost = z.output<typeof replicaHost>;
export type ReplicaState = Replica["state"];
export type Refusal = z.output<typeof refusal>;
export type ResolvedModel = z.output<typeof resolved>;
export type ModelDeployment = KindObject<"ModelDeployment", ModelDeploymentSpec, ModelDeploymentStatus>;
export const modelDeployments = resourceOf(modelDeploymentKind);

/** `spec.replicas` has no default in the schema, so that an autoscaler may own it one day. */
export function desiredReplicas(deployment: Pick<ModelDeployment, "spec">): number {
  return deployment.spec.replicas ?? 1;
}
