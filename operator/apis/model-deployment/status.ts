/** What the operator says of a ModelDeployment. */
import { z } from "zod";
import { conditions } from "../fields/condition.ts";
import { bytes, count, dateTime, digest, objectName } from "../fields/primitives.ts";

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
  reference: z
    .string()
    .max(2048)
    .describe("What was resolved: a registry's reference in full form, or the names of files."),
  digest: digest().describe(
    "What is served: manifest digest as the registry serves it, or the pin made of the files' digests.",
  ),
  source: z.enum(["Registry", "Files"]).describe("What the digest is of."),
  pulledFrom: z
    .string()
    .max(2048)
    .optional()
    .describe("Where hosts get it instead of there: the reference in the site's own registry, which had it."),
  sizeBytes: bytes().describe("Size of all layers or files."),
  architecture: z.string().max(128).optional().describe("For example llama."),
  parameterCount: bytes().optional().describe("Number of weights."),
  quantization: z.string().max(64).optional().describe("For example Q4_K_M."),
  contextLength: count().optional().describe("The longest context that the model was trained for, in tokens."),
  blockCount: count().optional().describe("Layers of the model."),
  embeddingLength: count().optional().describe("Width of its layers."),
  headCount: count().optional().describe("Attention heads."),
  headCountKv: z.array(count()).max(1024).optional().describe("KV heads, one number for all layers or one per layer."),
  keyLength: count().optional().describe("Size of one key, per head."),
  valueLength: count().optional().describe("Size of one value, per head."),
  vocabularySize: count().optional().describe("Tokens that the model knows."),
  feedForwardLength: count().optional().describe("Width of the feed-forward layers."),
  slidingWindow: count().optional().describe("Tokens that its local layers see, where it has such."),
  embeddingModel: z.boolean().optional().describe("True where it makes embeddings and generates nothing."),
  recurrent: z
    .object({
      convolution: count().describe("Width of the convolution."),
      state: count().describe("Size of the state."),
      inner: count().describe("Inner width."),
      groups: count().describe("Groups."),
    })
    .optional()
    .describe(
      "Its recurrent layers (Mamba and the like), where it has such: they keep one state however long the context.",
    ),
  shapeProblem: z
    .string()
    .max(1024)
    .optional()
    .describe("Why its shape is not known yet; until a host tells it, memory is estimated from the size alone."),
  attachedBytes: bytes().optional().describe("Size of adapters and projectors that come with it."),
  weights: z
    .object({
      blocks: bytes().describe("All repeated layers."),
      output: bytes().describe("The last norm and the projection to the vocabulary."),
      input: bytes().describe("The token embedding."),
    })
    .optional()
    .describe("Size of the weights by place: what of them lies in which memory differs."),
  resolvedAt: dateTime().optional().describe("When the reference was resolved to this."),
});

export const status = z.object({
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

export type ModelDeploymentStatus = z.output<typeof status>;
export type Replica = z.output<typeof replica>;
export type ReplicaHost = z.output<typeof replicaHost>;
export type ReplicaState = Replica["state"];
export type Refusal = z.output<typeof refusal>;
export type ResolvedModel = z.output<typeof resolved>;
