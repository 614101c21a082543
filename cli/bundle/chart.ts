/** The chart as `helm package` packs it: one folder of its name in a tar.gz. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "tar";
import { parse } from "yaml";
import { z } from "zod";

const schema = z.object({ name: z.string().min(1), version: z.string().min(1), appVersion: z.coerce.string().min(1) });

export type ChartFacts = z.output<typeof schema>;

export async function readChart(folder: string): Promise<{ facts: ChartFacts; values: unknown }> {
  const read = async (name: string): Promise<unknown> => parse(await readFile(join(folder, name), "utf8"));
  return { facts: schema.parse(await read("Chart.yaml")), values: await read("values.yaml") };
}

/** Resolves to the archive's name. */
export async function packChart(folder: string, { name, version }: ChartFacts, into: string): Promise<string> {
  const file = `${name}-${version}.tgz`;
  await mkdir(into, { recursive: true });
  await create({ cwd: folder, file: join(into, file), gzip: true, portable: true, prefix: name }, ["."]);
  return file;
}

/** Later values win over earlier ones, as `helm --values` merges them: maps together, everything else replaced. */
export function mergedValues(before: unknown, after: unknown): unknown {
  if (!isMap(before) || !isMap(after)) return after ?? before;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    keys.map((key) => [key, key in after ? mergedValues(before[key], after[key]) : before[key]]),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
