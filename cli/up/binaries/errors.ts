/**
 * Everything that can keep a binary from being had: the code, what a person reads, and what they can do next. The table is
 * the only place where these sentences are made.
 */
import { formatBytes } from "../../../operator/text/bytes.ts";
import { printable } from "../../../operator/text/printable.ts";
import { type BinaryName, catalog } from "./catalog.ts";

/** What each error has to know. */
export interface BinaryErrorDetails {
  "variable-unusable": { variable: string; path: string; why: string };
  "platform-unsupported": { platform: string };
  offline: Record<never, never>;
  "release-missing": { platform: string };
  "network-unreachable": { host: string; why: string };
  "download-refused": { url: string; status: number };
  "redirect-refused": { url: string; to: string; why: string };
  "download-cut": { url: string; received: number; expected: number | undefined };
  "download-stalled": { url: string; waitedMs: number };
  "checksum-missing": { url: string; file: string };
  "checksum-wrong": { url: string; expected: string; actual: string };
  "unpacker-missing": { program: string; install: string };
  "archive-broken": { url: string; why: string };
  "go-missing": { needed: string };
  "go-too-old": { found: string; needed: string };
  "compiler-missing": { compiler: string; install: string };
  "modules-unreachable": { why: string };
  "memory-short": { log: string };
  "build-failed": { tail: string; log: string };
  "does-not-answer": { path: string; why: string };
  "disk-full": { folder: string; needed?: number; free?: number };
  "permission-denied": { path: string };
  unavailable: { rejected: readonly string[]; reasons: readonly BinaryError[] };
}

export type BinaryErrorCode = keyof BinaryErrorDetails;

export class BinaryError extends Error {
  override readonly name = "BinaryError";
  readonly code: BinaryErrorCode;
  readonly binary: BinaryName;
  /** What happened, a clause without the binary's name. */
  readonly what: string;
  /** What the person can do, one or more whole sentences; `message` ends with it. */
  readonly next: string;
  /** True when the same call may succeed later with nothing changed on this machine. */
  readonly transient: boolean;
  /** For `unavailable`: why each way failed, in the order tried. */
  readonly reasons: readonly BinaryError[];

  constructor(
    code: BinaryErrorCode,
    binary: BinaryName,
    words: Words,
    reasons: readonly BinaryError[],
    cause?: unknown,
  ) {
    super(
      `${binary} ${catalog[binary].version}: ${words.what}${words.what.endsWith("\n") ? "" : ". "}${words.next}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.binary = binary;
    this.what = words.what;
    this.next = words.next;
    this.transient = transientCodes.has(code) || reasons.some((reason) => reason.transient);
    this.reasons = reasons;
  }
}

export function binaryError<Code extends BinaryErrorCode>(
  code: Code,
  binary: BinaryName,
  details: BinaryErrorDetails[Code],
  cause?: unknown,
): BinaryError {
  const reasons = "reasons" in details ? details.reasons : [];
  return new BinaryError(code, binary, sentences[code](details, binary), reasons, cause);
}

/** Errors after which another way to have the binary would fail just the same. */
export function endsAllWays(error: BinaryError): boolean {
  return error.code === "disk-full" || error.code === "permission-denied";
}

interface Words {
  what: string;
  next: string;
}

const transientCodes: ReadonlySet<BinaryErrorCode> = new Set([
  "network-unreachable",
  "download-cut",
  "download-stalled",
  "modules-unreachable",
  "memory-short",
]);

const whyCharactersMax = 400;
const tryAgain = "Try again; a partly done download leaves nothing behind.";

const sentences: { [Code in BinaryErrorCode]: (details: BinaryErrorDetails[Code], binary: BinaryName) => Words } = {
  "variable-unusable": ({ variable, path, why }) => ({
    what: `${variable} names ${shown(path)}, but ${shown(why)}`,
    next: `Correct ${variable} or unset it.`,
  }),
  "platform-unsupported": ({ platform }, binary) => ({
    what: `there is neither a release nor a recipe for ${platform}`,
    next: `Use Linux or macOS on x64 or arm64${platform.startsWith("win32") ? " (WSL 2 is Linux)" : ""}, or ${provideIt(binary)}.`,
  }),
  offline: () => ({
    what: "COMMONHOLD_OFFLINE=1 forbids downloading it",
    next: "Unset COMMONHOLD_OFFLINE to allow it.",
  }),
  "release-missing": ({ platform }) => ({
    what: `its project publishes no release for ${platform}`,
    next: "It can be built there.",
  }),
  "network-unreachable": ({ host, why }) => ({
    what: `${host} cannot be reached (${shown(why)})`,
    next: "Check the network; behind a proxy set HTTPS_PROXY.",
  }),
  "download-refused": ({ url, status }) => ({
    what: `${url} answered ${status}`,
    next: status >= 500 ? "Try again later." : "Check that no proxy stands in between; the release should be there.",
  }),
  "redirect-refused": ({ url, to, why }) => ({
    what: `${url} points to ${shown(to)}, which is not followed: ${why}`,
    next: "Check that no proxy stands in between.",
  }),
  "download-cut": ({ url, received, expected }) => ({
    what: `${url} ended after ${formatBytes(received)}${expected === undefined ? "" : ` of ${formatBytes(expected)}`}`,
    next: tryAgain,
  }),
  "download-stalled": ({ url, waitedMs }) => ({
    what: `${url} sent nothing for ${waitedMs / 1000} s`,
    next: tryAgain,
  }),
  "checksum-missing": ({ url, file }) => ({
    what: `${url} holds no SHA-256 for ${file}`,
    next: "Without it the download cannot be trusted and was not used.",
  }),
  "checksum-wrong": ({ url, expected, actual }) => ({
    what: `${url} has SHA-256 ${actual}, published is ${expected}`,
    next: "It was thrown away. Something between here and there changes what passes: check the proxy.",
  }),
  "unpacker-missing": ({ program, install }) => ({
    what: `its archive needs the program ${program}, which is not on PATH`,
    next: `Install it: ${install}.`,
  }),
  "archive-broken": ({ url, why }) => ({
    what: `${url} cannot be unpacked (${shown(why)})`,
    next: tryAgain,
  }),
  "go-missing": ({ needed }) => ({
    what: "no Go on PATH to build it with",
    next: `Install Go ${needed} or newer (https://go.dev/dl) and put its bin folder on PATH.`,
  }),
  "go-too-old": ({ found, needed }) => ({
    what: `Go ${shown(found)} is too old to build it`,
    next: `Install Go ${needed} or newer (https://go.dev/dl), or let Go fetch it: GOTOOLCHAIN=auto (needs Go 1.21).`,
  }),
  "compiler-missing": ({ compiler, install }) => ({
    what: `building it needs a C and a C++ compiler, and ${shown(compiler)} does not run`,
    next: `Install both: ${install}.`,
  }),
  "modules-unreachable": ({ why }) => ({
    what: `Go could not fetch its modules (${shown(why)})`,
    next: "Check the network; a module proxy of your own is named by GOPROXY.",
  }),
  "memory-short": ({ log }) => ({
    what: "the compiler was killed, most likely because memory ran out",
    next: `Free 3 GiB of memory or add swap, then try again: what was compiled is kept. Log: ${log}.`,
  }),
  "build-failed": ({ tail, log }) => ({
    what: `go build failed: ${shown(tail)}`,
    next: `The whole log is in ${log}.`,
  }),
  "does-not-answer": ({ path, why }) => ({
    what: `${shown(path)} is of no use: ${shown(why)}`,
    next: "It was not kept. The machine may lack what the program needs, or be of another kind.",
  }),
  "disk-full": ({ folder, needed, free }) => ({
    what:
      needed === undefined || free === undefined
        ? `the disk that holds ${folder} is full`
        : `it needs ${formatBytes(needed)} at ${folder}, ${formatBytes(free)} are free`,
    next: "Free some space, or set XDG_CACHE_HOME (for Go: GOCACHE, GOMODCACHE) to a folder on a larger disk.",
  }),
  "permission-denied": ({ path }) => ({
    what: `${path} cannot be written by this user`,
    next: "Make it writable, or set XDG_CACHE_HOME to a folder that is.",
  }),
  unavailable: ({ rejected, reasons }, binary) => ({
    what: `it is not on this machine and could not be had${list([...rejected, ...reasons.map((reason) => reason.what)])}`,
    next: `${[...new Set(reasons.map((reason) => reason.next))].join(" ")} Or ${provideIt(binary)}.`,
  }),
};

/** The third way out of every dead end. */
function provideIt(binary: BinaryName): string {
  const { accepts, variable } = catalog[binary];
  return `provide one yourself (${accepts}): on PATH or by ${variable}=/path/to/${binary}`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "" : `:\n${items.map((item) => `  - ${item}`).join("\n")}\n`;
}

function shown(text: string): string {
  return printable(text, whyCharactersMax);
}
