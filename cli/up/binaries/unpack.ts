import { access, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { extract } from "tar";
import { cacheRoot } from "./cache.ts";
import type { BinaryName } from "./catalog.ts";
import { type CommandResult, runCommand } from "./command.ts";
import { fileSystemError } from "./disk.ts";
import type { BinaryOptions } from "./ensure.ts";
import { binaryError } from "./errors.ts";
import type { WaysContext } from "./make.ts";
import { installCommand, unzipPackages, zstdPackages } from "./platform.ts";
import type { Release } from "./releases.ts";

/** Puts what a verified release holds where it belongs; `program` is where the program itself must end up. */
export async function unpack(
  name: BinaryName,
  release: Release,
  file: string,
  program: string,
  context: WaysContext,
): Promise<void> {
  if (release.form === "program") return rename(file, program);
  const folder = "into" in release.keep ? join(context.tree, release.keep.into) : join(context.workspace, "unpacked");
  await mkdir(folder, { recursive: true });
  try {
    await extractors[release.form](file, folder, context);
    if ("member" in release.keep) await rename(join(folder, release.keep.member), program);
    await access(program);
  } catch (error) {
    context.options.signal?.throwIfAborted();
    if (error instanceof Error && error.name === "BinaryError") throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw (
      fileSystemError(name, error, cacheRoot(context.options.env)) ??
      binaryError("archive-broken", name, { url: release.url, why }, error)
    );
  }
}

/** Before the download begins: an archive that cannot be opened here is not worth its bytes. */
export async function assertUnpackable(name: BinaryName, form: Release["form"], options: BinaryOptions): Promise<void> {
  if (form !== "tzst" && form !== "zip") return;
  const { program, packages } = unpackers[form];
  const { code } = await run(program, form === "tzst" ? ["--version"] : ["-v"], options);
  if (code !== 0) throw binaryError("unpacker-missing", name, { program, install: installCommand(packages) });
}

/** Node reads Zstandard from 22.15 on; we still run on Node 20. Zip archives are for macOS, which carries unzip. */
const unpackers = {
  tzst: { program: "zstd", packages: zstdPackages },
  zip: { program: "unzip", packages: unzipPackages },
};

type Extractor = (file: string, folder: string, context: WaysContext) => Promise<void>;

const extractors: Readonly<Record<Exclude<Release["form"], "program">, Extractor>> = {
  tgz: (file, folder) => extract({ file, cwd: folder, strict: true }),
  tzst: async (file, folder, context) => {
    const plain = join(context.workspace, "archive.tar");
    assertDone(await run("zstd", ["-d", "-q", "-f", "-o", plain, file], context.options));
    await extract({ file: plain, cwd: folder, strict: true });
  },
  zip: async (file, folder, context) =>
    assertDone(await run("unzip", ["-q", "-o", file, "-d", folder], context.options)),
};

function run(command: string, args: readonly string[], options: BinaryOptions): Promise<CommandResult> {
  return runCommand(command, args, { env: options.env, clock: options.clock, signal: options.signal });
}

function assertDone({ code, stderr }: CommandResult): void {
  if (code === 0) return;
  const error = new Error(stderr.slice(-300) || `ended with ${code ?? "a signal"}`);
  throw Object.assign(error, /no space left/i.test(stderr) ? { code: "ENOSPC" } : {});
}
