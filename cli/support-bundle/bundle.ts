/** The bundle while it is made: files that passed the redactor, and what could not be had. */
import { createHash } from "node:crypto";
import { chmod, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { create } from "tar";
import { stage } from "../backup/archive.ts";
import { failureLines } from "../display/failure-text.ts";
import type { Redactor } from "./redactor.ts";

export interface Bundle {
  /** Text as it is; anything else as JSON. */
  add(path: string, content: unknown): Promise<void>;
  /** Does `work`; when it throws, the bundle says that `what` could not be had and why, and goes on. Only an abort ends it. */
  attempt(what: string, work: () => Promise<void>): Promise<void>;
  /** Without a failure of ours: `what` is not there to be had. */
  missing(what: string, why: string): void;
  readonly notHad: readonly NotHad[];
}

export interface NotHad {
  readonly what: string;
  readonly why: string;
}

export interface Written {
  readonly files: number;
  readonly notHad: readonly NotHad[];
}

/** Writes `file` (mode 0600), which appears whole or not at all. `about`: what the manifest says beside the list of files. */
export async function writeBundle(
  file: string,
  { redactor, signal }: { redactor: Redactor; signal: AbortSignal },
  fill: (bundle: Bundle) => Promise<object>,
): Promise<Written> {
  const scratch = await mkdtemp(join(dirname(file), ".commonhold-support-"));
  try {
    const entries: { path: string; bytes: number; sha256: string }[] = [];
    const notHad: NotHad[] = [];
    const missing = (what: string, why: string): void => {
      notHad.push({ what: redactor.redact(what), why: redactor.redact(why) });
    };
    const add = async (path: string, content: unknown): Promise<void> => {
      const text = redactor.redact(typeof content === "string" ? content : `${JSON.stringify(content, null, 1)}\n`);
      await stage(join(scratch, "content"), path, text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      entries.push({ path, bytes: Buffer.byteLength(text), sha256 });
    };
    const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
      signal.throwIfAborted();
      await work().catch((error: unknown) => {
        signal.throwIfAborted();
        missing(what, failureLines(error).join("; "));
      });
    };
    const about = await fill({ add, attempt, missing, notHad });
    const paths = entries.map(({ path }) => path);
    await add("manifest.json", { ...about, notHad, entries: [...entries] });
    const cwd = join(scratch, "content");
    const archive = join(scratch, "archive");
    await create({ cwd, file: archive, gzip: true, portable: true, mode: 0o600 }, ["manifest.json", ...paths]);
    await chmod(archive, 0o600);
    await rename(archive, file);
    return { files: entries.length, notHad };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
