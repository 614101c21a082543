/**
 * What Ollama's refusals mean. It has no error codes: the status tells little (a pull that fails answers 200, most failures
 * 500), so the words must be read. Each pattern names where v0.24.0 says it; the contract suite holds them to the real server.
 */
import { printable } from "../../text/printable.ts";
import { EngineError, type EngineErrorCode } from "../error.ts";
import { hostSaidCharsMax } from "./bounds.ts";

export type Doing = "ask" | "pull" | "blob" | "create" | "load";

/** Characters of a refusal that the patterns read: a host must not choose how long we search. */
const wordsReadCharsMax = 2_000;

/** `status` is undefined where the refusal came inside a stream that began with 200. */
export function refusal(doing: Doing, what: string, said: string, status?: number): EngineError {
  const words = said.trim().slice(0, wordsReadCharsMax);
  const hostSaid = printable(words, hostSaidCharsMax);
  const code = codeFor(doing, words, status);
  const hint = noRedirect.test(words)
    ? " (Ollama pulls only from registries that redirect blobs to another host name)"
    : "";
  const answered = hostSaid === "" ? `the host answered ${status ?? "nothing"}` : `the host said: ${hostSaid}`;
  return new EngineError(code, `${what}: ${answered}${hint}`, {
    ...(hostSaid !== "" && { hostSaid }),
    ...(status !== undefined && { status }),
  });
}

function codeFor(doing: Doing, said: string, status: number | undefined): EngineErrorCode {
  for (const [pattern, code] of [...patterns[doing], ...anywhere]) {
    if (pattern.test(said)) return code;
  }
  return byStatus(doing, status);
}

type Pattern = readonly [RegExp, EngineErrorCode];

/** server/download.go asks each blob's address and takes nothing but a redirect to another host name for an answer. */
const noRedirect = /no Location header in response/i;

const patterns: Readonly<Record<Doing, readonly Pattern[]>> = {
  ask: [],
  pull: [
    // server/download.go: ENOSPC ends the download at once.
    [/no space left on device|disk quota exceeded|not enough space/i, "DiskFull"],
    [/digest mismatch/i, "DigestMismatch"],
    // The registry answers 412 where the model needs a newer Ollama.
    [/newer version of Ollama|^pull model manifest: 412\b/i, "TooOld"],
    // server/images.go makes os.ErrNotExist of a 404, for the manifest and for a blob.
    [/file does not exist$/i, "RegistryNotFound"],
    [/\bunauthorized\b|access denied|\b40[13]: |realm host .* does not match/i, "RegistryDenied"],
    [/tag is not available/i, "RegistryNotFound"],
    [/not GGUF|not compatible with llama\.cpp|no GGUF/i, "NotSupported"],
    [noRedirect, "NotSupported"],
    [/insecure protocol http|invalid model name/i, "InvalidRequest"],
    [
      /dial tcp|no such host|connection re(?:fused|set)|i\/o timeout|deadline exceeded|TLS|tls:|x509:/i,
      "RegistryUnreachable",
    ],
    [
      /max retries exceeded|\bEOF\b|HTTP response to HTTPS client|unexpected status code|part stalled/i,
      "RegistryUnreachable",
    ],
    [/(?:^|\s)(?:429|5\d\d)(?::|$)|invalid digest format|digest is empty/i, "RegistryUnreachable"],
    // Whatever else went wrong with the manifest is the registry's doing.
    [/^pull model manifest: /i, "RegistryUnreachable"],
  ],
  load: [
    // llm/server.go: neither engine knows the architecture, or the file cannot be read.
    [/unable to load model|^template: /i, "NotSupported"],
    [/^option ".{1,60}" must be of type/i, "InvalidRequest"],
  ],
  blob: [
    [/digest mismatch/i, "DigestMismatch"],
    [/invalid digest format/i, "InvalidRequest"],
  ],
  create: [
    // manifest.BlobsPath opened by ggufLayers; the path is the host's own.
    [/blobs\/sha256-[0-9a-f]+: no such file/i, "BlobNotFound"],
    // fs/ggml and server/create.go on a file that is no GGUF, or a broken one.
    [
      /not in GGUF format|invalid file magic|unknown type|unsupported (?:content|model|quantization)|improper type/i,
      "NotSupported",
    ],
    [
      /exceeds file size|unexpected EOF|^EOF$|failed to (?:read|seek|determine|get)|invalid (?:type|array)/i,
      "NotSupported",
    ],
    [
      /architecture not set|no base model was found|only one adapter|template error|makeslice|out of range/i,
      "NotSupported",
    ],
    [/invalid digest format|file path must be relative|neither 'from' or 'files'|no files provided/i, "InvalidRequest"],
  ],
};

const anywhere: readonly Pattern[] = [
  [/no space left on device|disk quota exceeded/i, "DiskFull"],
  [/model ['"].*['"] not found|model not found/i, "ModelNotFound"],
  [/server busy|maximum pending requests/i, "Busy"],
  // llm/server.go, verifyLayout and the runner's allocations.
  [
    /more system memory|full model on GPU|memory layout cannot be|failed to (?:allocate|commit) memory|out of memory/i,
    "OutOfMemory",
  ],
  [/cudaMalloc failed|hipMalloc failed|unable to allocate|signal: killed/i, "OutOfMemory"],
  [/newer version of Ollama/i, "TooOld"],
  [
    /does not support|incompatible with your version|unknown model architecture|unsupported model|cloud is disabled/i,
    "NotSupported",
  ],
  [/cannot run this remote model|remote model is unavailable/i, "NotSupported"],
  [/invalid model name|is invalid$|model is required|invalid option|missing request body/i, "InvalidRequest"],
];

function byStatus(doing: Doing, status: number | undefined): EngineErrorCode {
  if (status === undefined) return "HostFailed";
  if (status === 401 || status === 403) return "Denied";
  if (status === 429 || status === 503) return "Busy";
  if (status === 408 || status === 504) return "Timeout";
  if (status === 502) return "Unreachable";
  if (status === 404 && doing === "blob") return "BlobNotFound";
  // A 404 or 405 without Ollama's words: some other server answers at this address, or a release that lacks the call.
  if (status === 404 || status === 405 || status < 400) return "BadResponse";
  if (status < 500) return "InvalidRequest";
  return "HostFailed";
}
