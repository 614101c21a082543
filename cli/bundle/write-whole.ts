import { rename, writeFile } from "node:fs/promises";

/** Beside its name and then renamed: there is never half of it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
