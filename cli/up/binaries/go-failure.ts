import type { BinaryName } from "./catalog.ts";
import type { CommandResult } from "./command.ts";
import { type BinaryError, binaryError } from "./errors.ts";
import { goNeeded } from "./recipes.ts";
import { compilerHint } from "./toolchain.ts";

const tailLines = 4;

/** Reads off what Go printed why it failed. */
export function explainGoFailure(
  name: BinaryName,
  result: CommandResult,
  log: string,
  cacheFolder: string,
): BinaryError {
  const said = result.stderr;
  if (result.code === 127) return binaryError("go-missing", name, { needed: goNeeded });
  const full = /(?:\s(\/\S*)\/[^\s:]*: )?(?:no space left on device|disk quota exceeded)/i.exec(said);
  if (full) {
    const folder = full[1]?.startsWith(cacheFolder) ? cacheFolder : full[1];
    return binaryError("disk-full", name, { folder: folder ?? cacheFolder });
  }
  const older = /requires go >= \S+ \(running go ?(\S+?)[;)]/.exec(said)?.[1];
  if (older) return binaryError("go-too-old", name, { found: older, needed: goNeeded });
  const compiler = /exec: "([^"]+)": executable file not found/.exec(said)?.[1];
  if (compiler) return binaryError("compiler-missing", name, { compiler, install: compilerHint() });
  const network = said.split("\n").find((line) => networkFailure.test(line));
  if (network) return binaryError("modules-unreachable", name, { why: network.trim() });
  if (/signal: killed|Killed signal terminated|out of memory|cannot allocate memory/i.test(said)) {
    return binaryError("memory-short", name, { log });
  }
  const denied = /(?:open|mkdir|create|unlinkat) (\S+?): (?:permission denied|read-only file system)/.exec(said)?.[1];
  if (denied) return binaryError("permission-denied", name, { path: denied });
  const tail = said.trim().split("\n").slice(-tailLines).join(" | ");
  return binaryError("build-failed", name, { tail: tail || `it ended with ${result.code ?? "a signal"}`, log });
}

const networkFailure =
  /dial tcp|no such host|i\/o timeout|TLS handshake|connection (?:refused|reset)|proxyconnect|module lookup disabled by GOPROXY/;
