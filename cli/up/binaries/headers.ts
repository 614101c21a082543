import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Header } from "./recipes.ts";

/** Fills an include folder from the archives of other modules. `moduleFolder` fetches one and says where it lies. */
export async function layHeaders(
  headers: readonly Header[],
  folder: string,
  moduleFolder: (module: string, version: string) => Promise<string>,
): Promise<void> {
  for (const { as, from } of headers) {
    const file = join(folder, as);
    await mkdir(dirname(file), { recursive: true });
    if ("text" in from) await writeFile(file, from.text);
    else await copyFile(join(await moduleFolder(from.module, from.version), from.path), file);
  }
}
