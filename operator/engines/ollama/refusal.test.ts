import { describe, expect, test } from "vitest";
import type { EngineErrorCode } from "../error.ts";
import { type Doing, refusal } from "./refusal.ts";

const path = "/root/.ollama/models/blobs/sha256-69b1a6d44617c3174e525ea67d9eb1d084181d80914648e31abd70fbd399edf3";
const manifest = (words: string): string => `pull model manifest: ${words}`;
const unreachable =
  'Get "https://registry.ollama.ai/v2/library/x/manifests/latest": dial tcp: lookup registry.ollama.ai: no such host';

/** Words of v0.24.0: most heard from a real one, the rest read in its source. */
const heard: [doing: Doing, said: string, status: number | undefined, code: EngineErrorCode][] = [
  ["pull", manifest("file does not exist"), undefined, "RegistryNotFound"],
  ["pull", "file does not exist", undefined, "RegistryNotFound"],
  ["pull", manifest(unreachable), undefined, "RegistryUnreachable"],
  [
    "pull",
    manifest('Get "https://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused'),
    undefined,
    "RegistryUnreachable",
  ],
  [
    "pull",
    manifest('Get "https://r/v2/": http: server gave HTTP response to HTTPS client'),
    undefined,
    "RegistryUnreachable",
  ],
  [
    "pull",
    manifest('Get "https://r/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    undefined,
    "RegistryUnreachable",
  ],
  ["pull", manifest("unexpected EOF"), undefined, "RegistryUnreachable"],
  ["pull", manifest('500: {"errors":[]}'), undefined, "RegistryUnreachable"],
  ["pull", manifest('429: {"errors":[]}'), undefined, "RegistryUnreachable"],
  ["pull", manifest("invalid character '<' looking for beginning of value"), undefined, "RegistryUnreachable"],
  [
    "pull",
    manifest("json: cannot unmarshal string into Go struct field Manifest.schemaVersion of type int"),
    undefined,
    "RegistryUnreachable",
  ],
  ["pull", "500: boom", undefined, "RegistryUnreachable"],
  ["pull", "max retries exceeded: unexpected EOF", undefined, "RegistryUnreachable"],
  ["pull", "context deadline exceeded", undefined, "RegistryUnreachable"],
  ["pull", "invalid digest format", undefined, "RegistryUnreachable"],
  ["pull", "lib/x: digest is empty", undefined, "RegistryUnreachable"],
  ["pull", manifest('403: {"errors":[]}'), undefined, "RegistryDenied"],
  ["pull", manifest("unauthorized: access denied"), undefined, "RegistryDenied"],
  ["pull", manifest('realm host "" does not match original host "huggingface.co"'), undefined, "RegistryDenied"],
  [
    "pull",
    manifest("412: \n\nThe model you are attempting to pull requires a newer version of Ollama.\n"),
    undefined,
    "TooOld",
  ],
  [
    "pull",
    manifest('400: {"error":"Repository is not GGUF or is not compatible with llama.cpp"}'),
    undefined,
    "NotSupported",
  ],
  [
    "pull",
    manifest('400: {"error":"The specified tag is not available in the repository."}'),
    undefined,
    "RegistryNotFound",
  ],
  ["pull", "http: no Location header in response", undefined, "NotSupported"],
  ["pull", "digest mismatch, file must be downloaded again: want sha256:a, got sha256:b", undefined, "DigestMismatch"],
  ["pull", `write ${path}-partial: no space left on device`, undefined, "DiskFull"],
  ["pull", "insecure protocol http", 500, "InvalidRequest"],
  ["pull", "invalid model name", 400, "InvalidRequest"],
  ["pull", "context canceled", undefined, "HostFailed"],
  ["blob", `digest mismatch, expected "sha256:a", got "sha256:b"`, 400, "DigestMismatch"],
  ["blob", "invalid digest format", 400, "InvalidRequest"],
  ["blob", `write /root/.ollama/models/blobs/sha256-123: no space left on device`, 500, "DiskFull"],
  ["blob", "unexpected EOF", 500, "HostFailed"],
  ["create", `open ${path}: no such file or directory`, undefined, "BlobNotFound"],
  ["create", "supplied file was not in GGUF format", undefined, "NotSupported"],
  ["create", "EOF", undefined, "NotSupported"],
  ["create", "invalid file magic", undefined, "NotSupported"],
  ["create", 'tensor "output.weight" offset+size (285568) exceeds file size (280568)', undefined, "NotSupported"],
  ["create", "template error: template: :1: unclosed action", undefined, "NotSupported"],
  ["create", "only one adapter is currently supported", 400, "NotSupported"],
  ["create", "unknown type", 400, "NotSupported"],
  ["create", "file path must be relative", 400, "InvalidRequest"],
  ["create", "neither 'from' or 'files' was specified", 400, "InvalidRequest"],
  ["create", "model 'x' not found", 404, "ModelNotFound"],
  ["load", "model 'x' not found", 404, "ModelNotFound"],
  ["load", 'model "x" not found, try pulling it first', 404, "ModelNotFound"],
  ["load", '"x" does not support generate', 400, "NotSupported"],
  ["load", `unable to load model: ${path}`, 500, "NotSupported"],
  [
    "load",
    'template: :1:3: executing "" at <index .Messages 99>: error calling index: index out of range: 99',
    500,
    "NotSupported",
  ],
  ["load", 'option "num_ctx" must be of type integer', 500, "InvalidRequest"],
  ["load", "model requires more system memory (24.0 GiB) than is available (11.2 GiB)", 500, "OutOfMemory"],
  ["load", "unable to load full model on GPU", 500, "OutOfMemory"],
  ["load", "memory layout cannot be allocated with num_gpu = 99", 500, "OutOfMemory"],
  ["load", "llama runner process has terminated: cudaMalloc failed: out of memory", 500, "OutOfMemory"],
  ["load", "llama runner process has terminated: signal: killed", 500, "OutOfMemory"],
  ["load", "llama runner process has terminated: exit status 2", 500, "HostFailed"],
  ["load", "timed out waiting for llama runner to start - progress 0.00 - ", 500, "HostFailed"],
  ["load", "server busy, please try again.  maximum pending requests exceeded", 503, "Busy"],
  ["load", "ollama cloud is disabled: remote model is unavailable", 403, "NotSupported"],
  ["ask", "404 page not found", 404, "BadResponse"],
  ["ask", "405 method not allowed", 405, "BadResponse"],
  ["ask", "<html>moved</html>", 302, "BadResponse"],
  ["ask", "", 401, "Denied"],
  ["ask", "", 403, "Denied"],
  ["ask", "<html>Bad Gateway</html>", 502, "Unreachable"],
  ["ask", "", 504, "Timeout"],
  ["ask", "", 429, "Busy"],
  ["ask", "something nobody has heard before", 500, "HostFailed"],
  ["ask", "something nobody has heard before", 422, "InvalidRequest"],
  ["blob", "", 404, "BlobNotFound"],
];

describe("what a host says", () => {
  test.each(heard)("while doing %s: %s (%s) means %s", (doing, said, status, code) => {
    const error = refusal(doing, "the matter", said, status);
    expect(error).toMatchObject({ code, status });
    expect(error.message.startsWith("the matter: ")).toBe(true);
  });

  test("is kept, printable and bounded", () => {
    const error = refusal("load", "loading x", `\u001b[31mred\n${"y".repeat(100_000)}`, 500);
    expect(error.hostSaid?.length).toBeLessThanOrEqual(500);
    expect(error.hostSaid).toMatch(/^\\x1b\[31mred\\n/);
    expect(error.message.length).toBeLessThan(600);
  });

  test("is searched in bounded time, whatever it is", () => {
    const said = `${"model '".repeat(9_000)}' lookin`;
    expect(refusal("load", "loading x", said, 500).code).toBe("HostFailed");
  });

  test("of a registry that serves blobs itself gets an explanation", () => {
    const { message } = refusal("pull", "pulling x", "http: no Location header in response");
    expect(message).toContain("redirect blobs to another host name");
  });

  test("with no words at all is told by its status", () => {
    expect(refusal("ask", "asking its version", "", 418).message).toBe("asking its version: the host answered 418");
  });
});
