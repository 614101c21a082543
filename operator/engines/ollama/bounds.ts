/** Every bound of the Ollama driver, with its unit. A caller may replace any of them for one engine. */
export interface OllamaBounds {
  /** Whole of a short question: version, lists, show, copy, delete. */
  readonly callTimeoutMs: number;
  /** Between two pieces of a short answer, and until its first. */
  readonly idleTimeoutMs: number;
  /**
   * Until a model is in memory, other loads before it included. Ollama itself gives up a load that makes no progress for 5
   * minutes (`OLLAMA_LOAD_TIMEOUT`), and answers nothing until it is done.
   */
  readonly loadTimeoutMs: number;
  /** A pull in which no byte of any layer came; Ollama retries a stuck part after 30 s and waits up to 32 s between tries. */
  readonly pullStallTimeoutMs: number;
  /** Slowest reading of a disk that is still believed: bounds the silence while a pulled model is hashed. */
  readonly verifyBytesPerSecondMin: number;
  /** Between two pieces of an upload that the host takes. */
  readonly uploadIdleTimeoutMs: number;
  /** Between two lines while a model is created. */
  readonly createIdleTimeoutMs: number;
  /** Whole of a create. */
  readonly createTimeoutMs: number;
}

export const ollamaBounds: OllamaBounds = {
  callTimeoutMs: 30_000,
  idleTimeoutMs: 15_000,
  loadTimeoutMs: 15 * 60_000,
  pullStallTimeoutMs: 3 * 60_000,
  verifyBytesPerSecondMin: 20 * 1024 * 1024,
  uploadIdleTimeoutMs: 60_000,
  createIdleTimeoutMs: 5 * 60_000,
  createTimeoutMs: 30 * 60_000,
};

/** Bytes of one short answer. `/api/show` of a large model carries licences, template and every tensor's shape. */
export const answerBytesMax = 32 * 1024 * 1024;
/** Bytes of a refusal; what comes after is not read. */
export const refusalBytesMax = 64 * 1024;
/** Characters of the host's own words that an error keeps. */
export const hostSaidCharsMax = 500;
/** Entries of a list of models. */
export const modelsMax = 10_000;
/** Layers of one model: real ones have fewer than 20, and tensors that are layers of their own are told as one. */
export const layersMax = 1_000;
/** Facts, parameters or blobs of one model. */
export const factsMax = 10_000;
/** Characters of a fact that is text, or of a parameter. */
export const factCharsMax = 4_096;
/** Characters of a template or a system prompt. */
export const promptCharsMax = 1024 * 1024;
/** Characters of a probe's answer that are kept. */
export const probeTextCharsMax = 200;
/** Characters of a name or reference that a message shows. */
export const shownNameCharsMax = 400;
