/** Versions as they were released: of each the packaged chart, and the sources that its image is built from (README.md). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { parse } from "yaml";
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

/** Of a kind: what its objects may hold. */
export type Schemas = Readonly<Record<string, object>>;

/** Of the kinds in a chart's folder. */
export function kindsIn(chart: string): Schemas {
  const crds = join(chart, "files/crds");
  return schemasOf(readdirSync(crds).map((name) => parse(readFileSync(join(crds, name), "utf8")) as Crd));
}

/** `list`: what `kubectl get crd -o json` says. */
export function kindsKnown(list: string): Schemas {
  const { items } = JSON.parse(list) as { items: Crd[] };
  return schemasOf(items.filter(({ spec }) => spec.group === "commonhold.dev"));
}

interface Crd {
  metadata: { name: string };
  spec: { group: string; versions: { name: string; schema: object }[] };
}

function schemasOf(crds: readonly Crd[]): Schemas {
  return Object.fromEntries(
    crds.flatMap(({ metadata, spec }) => spec.versions.map(({ name, schema }) => [`${metadata.name}/${name}`, schema])),
  );
}
