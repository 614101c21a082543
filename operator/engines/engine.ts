/**
 * What a host can be asked: one interface for every engine that may run there (Ollama now; llama.cpp's server and LM
 * Studio later). The words are the product's. Every answer is the host's own claim and nothing more: a digest is what the
 * host says it has, a size is what it says it uses. Answers are bounded and checked for shape, never for truth.
 *
 * Every call rejects with an `EngineError`, or with the signal's reason at once when it aborts. No call retries: the
 * work queue of the caller does. Names and digests come back in one form: digests as `sha256:<64 hex digits>`.
 */

/** `signal` ends the call at once; `timeoutMs` replaces the engine's bound on the whole call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** The host answers; whether any model can answer is another question (`probe`). */
export interface HostHealth {
  readonly version: string;
  /** Milliseconds from the question to the whole answer. */
  readonly answeredInMs: number;
}

/** A model that lies on the host's disk. */
export interface ModelOnDisk {
  /** As the host lists it, tag included: `smollm2:135m`, `hf.co/owner/repo:Q4_K_M`, `commonhold/smollm2:2ab46a81f0c3`. */
  readonly name: string;
  /** Of the manifest. Aliases of one model share it. */
  readonly digest: Digest;
  /** Sum of its blobs; blobs shared with other models count in each. */
  readonly bytes: number;
  /** Milliseconds since the epoch by the host's clock. */
  readonly modifiedAt: number;
  /** Set where the model is a stub whose prompts leave the machine (`:cloud`): the host that then sees them. */
  readonly remoteHost?: string;
}

/** A model in the host's memory, or on its way there: **presence is not readiness**. */
export interface LoadedModel {
  readonly name: string;
  readonly digest: Digest;
  /** Memory of all kinds, weights and KV cache; 0 or small while it still loads. */
  readonly bytes: number;
  /** Of `bytes`, how many are on accelerators; 0 means that it runs on the CPU. Unreliable on several GPUs (ollama#17251). */
  readonly vramBytes: number;
  /** Tokens per sequence it was loaded with; 0 where the host does not say. */
  readonly context: number;
  /** Milliseconds since the epoch by the host's clock; `"never"` where it was loaded to stay. */
  readonly expiresAt: number | "never";
}

/** What the host says about one model on its disk. */
export interface ModelDescription {
  readonly format: string;
  readonly family: string;
  readonly quantization: string;
  /** GGUF's own facts, by their names (`llama.block_count`, …): numbers, strings, booleans; long arrays are left out. */
  readonly facts: ReadonlyMap<string, number | string | boolean>;
  /** `completion`, `embedding`, `tools`, `vision`, …; empty where the host does not say. */
  readonly capabilities: readonly string[];
  /** Default parameters by name, in the order given; a name may repeat (`stop`). */
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly template: string;
  readonly system: string;
  /** Digests of the blobs that the model's recipe names (weights, then adapters): the nearest to layer digests that is told. */
  readonly blobs: readonly Digest[];
}

export type PullPhase = "manifest" | "download" | "verify" | "write";

/** Monotone: neither `phase` nor `completedBytes` nor `totalBytes` ever goes back within one pull. */
export interface PullProgress {
  readonly phase: PullPhase;
  readonly completedBytes: number;
  /** Sum over the layers known so far, or over `PullOptions.expected` where that is more. 0 while nothing is known. */
  readonly totalBytes: number;
  /** Layers in the order in which the host named them. */
  readonly layers: readonly LayerProgress[];
}

export interface LayerProgress {
  /** As the host names it; a pull may tell a shortened digest only. */
  readonly digest: string;
  readonly completedBytes: number;
  readonly totalBytes: number;
}

export interface PullOptions {
  readonly signal?: AbortSignal;
  /** Allow plain http and unverified certificates between host and registry. */
  readonly insecure?: boolean;
  /** What the registry's manifest said: totals are then right from the first event on. */
  readonly expected?: readonly { readonly digest: Digest; readonly bytes: number }[];
  /**
   * A name of the caller's own, whatever it holds: checked weights are kept under it while unchecked layers are renewed, and it is removed
   * afterwards. A call that is cut leaves it, so it must be one that the caller finds again. Without it they are downloaded once more.
   */
  readonly holdAs?: string;
  /** Called on each change, up to 17 times a second per pull: coalesce before a status. Must not throw. */
  readonly onProgress?: (progress: PullProgress) => void;
  /** `Stalled` when no byte of any layer arrived for so long; default `pullStallTimeoutMs`. */
  readonly stallTimeoutMs?: number;
}

export type ParameterValue = number | string | boolean | readonly string[];

/** A model to be made on the host from what it already has. Exactly one of `from` and `files`. */
export interface ModelRecipe {
  readonly name: string;
  /** A model on the host to derive from. */
  readonly from?: string;
  /** File name → digest of a blob on the host. */
  readonly files?: Readonly<Record<string, Digest>>;
  /** LoRA adapters: file name → digest of a blob on the host. */
  readonly adapters?: Readonly<Record<string, Digest>>;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  readonly system?: string;
  readonly template?: string;
}

export interface LoadOptions extends CallOptions {
  /** How long it stays after its last request; default `"forever"` (which does not stop an eviction). */
  readonly keepAliveMs?: number | "forever";
  /** Tokens per sequence; without it the model's own parameter or the host's default counts. */
  readonly context?: number;
}

/** A real generation, not a claim. */
export interface ProbeResult {
  /** At most `probeTextCharsMax` characters, printable; may be empty: a token need not be a letter. */
  readonly text: string;
  /** 1 or more: a probe that generated nothing rejects. */
  readonly tokens: number;
  readonly promptTokens: number;
  /** Milliseconds by our clock, load included. */
  readonly tookMs: number;
  /** Milliseconds that the host says it spent on loading; near 0 when the model was loaded. */
  readonly loadMs: number;
}

export interface Engine {
  /** Which driver this is; messages name it. */
  readonly kind: "ollama";

  health(options?: CallOptions): Promise<HostHealth>;
  version(options?: CallOptions): Promise<string>;
  models(options?: CallOptions): Promise<ModelOnDisk[]>;
  loaded(options?: CallOptions): Promise<LoadedModel[]>;
  /** Rejects with `ModelNotFound` where the host has none of this name. */
  inspect(name: string, options?: CallOptions): Promise<ModelDescription>;

  /**
   * Downloads a model. Resolves when the host has written its manifest; what digest it got is for `models()` to say.
   * Aborting, or losing the connection, stops the download once no other caller waits for it; the part that came is kept
   * and the next pull goes on from there.
   */
  pull(reference: string, options?: PullOptions): Promise<void>;

  hasBlob(digest: Digest, options?: CallOptions): Promise<boolean>;
  /** Streams `bytes` with back-pressure; rejects with `DigestMismatch` where the host finds
   * another sha256: it then holds those bytes under their own digest until its next start. Ends `bytes` (`return`) in any case. */
  putBlob(digest: Digest, bytes: AsyncIterable<Uint8Array>, size: number, options?: CallOptions): Promise<void>;
  create(recipe: ModelRecipe, options?: CallOptions): Promise<void>;
  /** A second name for the same digest. Overwrites what had that name. */
  copy(from: string, to: string, options?: CallOptions): Promise<void>;
  /** Takes the name away, and the blobs that no other name holds. `false`: there was none of this name. Does not unload. */
  remove(name: string, options?: CallOptions): Promise<boolean>;

  /** Resolves when the model is in memory. One load at a time per host: may wait long for others. */
  load(name: string, options?: LoadOptions): Promise<void>;
  /** Resolves when the host has been told; requests in flight finish first. A model that is not loaded, or not there, is no error. */
  unload(name: string, options?: CallOptions): Promise<void>;
  /** Generates one token (embeds one word where the model only embeds). Loads the model if needed, with the same options as `load`. */
  probe(name: string, options?: LoadOptions): Promise<ProbeResult>;

  /** Ends every call in flight and closes every socket. Later calls reject with `Unreachable`. */
  close(): Promise<void>;
}

/** Where a host is and how both sides prove who they are. */
export interface HostEndpoint {
  /** `http://…` or `https://…`, a path prefix allowed. No credentials in it. */
  readonly url: string;
  /** PEM certificates that the host's certificate must chain to; without it the system's. */
  readonly ca?: string;
  /** SHA-256 of the host key's SubjectPublicKeyInfo, 64 hex digits. Alone it replaces the chain; with `ca` both must hold. */
  readonly pinnedKeySha256?: string;
  /** PEM. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  readonly bearer?: string;
}
