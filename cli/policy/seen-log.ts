/**
 * How far this machine saw the decision log grow. A log that is shorter later, or another one, was rewritten; whoever looks at it
 * now and then finds that out, without any service.
 */
import { z } from "zod";
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import { readIfPresent, writeAtomically } from "../up/state/write.ts";

const seen = z.strictObject({ size: z.int().min(1), root: z.string().regex(/^[A-Za-z0-9+/]{43}=$/) });

export function seenLog(path: string): TreeHead | undefined {
  const text = readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const { size, root } = seen.parse(JSON.parse(text));
    return { size, root: Buffer.from(root, "base64") };
  } catch (cause) {
    throw new Error(`${path} is damaged: remove it, and the decision log is believed as it is now`, { cause });
  }
}

export function rememberLog(path: string, { size, root }: TreeHead): void {
  writeAtomically(path, `${JSON.stringify({ size, root: Buffer.from(root).toString("base64") })}\n`);
}
