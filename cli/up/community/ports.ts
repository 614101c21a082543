import { join } from "node:path";
import { freePort, isPortFree } from "../processes/ports.ts";
import { readIfPresent, writeAtomically } from "../state/write.ts";

/** The port of last time while it is free, so that URLs that people wrote down stay good; else the preferred one, else any. */
export async function rememberedPort(directory: string, name: string, preferred?: number): Promise<number> {
  const file = join(directory, `${name}.port`);
  const last = Number(readIfPresent(file) ?? 0);
  const port = await firstFree([last, preferred ?? 0]);
  writeAtomically(file, String(port));
  return port;
}

async function firstFree(candidates: readonly number[]): Promise<number> {
  for (const port of candidates) if (await isPortFree(port)) return port;
  return freePort();
}
