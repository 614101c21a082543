/** Versions as they were released: of each the packaged chart, and the sources that its image is built from (README.md). */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { scratchDirectory } from "../../control-plane/scratch.ts";

const folder = import.meta.dirname;

export const releasedVersions: readonly string[] = readdirSync(folder).flatMap((name) => {
  const [, version] = /^commonhold-(.+)-source\.tgz$/.exec(name) ?? [];
  return version === undefined ? [] : [version];
});

export function releasedChart(version: string): string {
  return join(folder, `commonhold-${version}.tgz`);
}

export function releasedSources(version: string): string {
  return join(folder, `commonhold-${version}-source.tgz`);
}

/** Resolves to a folder with what the archive holds. */
export async function unpacked(archive: string): Promise<string> {
  const cwd = scratchDirectory("released");
  await extract({ file: archive, cwd });
  return cwd;
}
