/**
 * Collects what an installation needs into one folder: the chart, images and models. A folder and not a file, because it may have 100 GB: what was cut
 * goes on, what is there stays, and more can be added later. `SHA256SUMS` is written last; without it there is no bundle.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { createFetcher } from "../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { systemRandom } from "../../operator/clock/system.ts";
import { parseManifest } from "../../operator/models/manifest.ts";
import { displayReference, parseReference } from "../../operator/models/reference.ts";
import { formatBytes } from "../../operator/text/bytes.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { BundleError } from "./bundle-error.ts";
import { mergedValues, packChart, readChart } from "./chart.ts";
import { fetchModel } from "./fetch-model.ts";
import { imagesByPlatform, imagesOf, pullImages } from "./images.ts";
import { type BundledModel, readModels } from "./models-index.ts";
import { imagesName, type Places, placesIn, readmeName, sumsName } from "./places.ts";
import { type Bundled, readmeOf } from "./readme.ts";
import { writeSums } from "./sums.ts";

export interface CreateOptions {
  readonly to: string;
  readonly models: readonly string[];
  /** Folder of the chart; absent: models alone. */
  readonly chart?: string;
  /** Values files of the chart. */
  readonly values: readonly string[];
  readonly platforms: readonly string[];
  /** `host:port` of registries in plain http. */
  readonly insecureRegistries: readonly string[];
  /** Path of the program; asked for where images are needed. */
  readonly crane: () => Promise<string>;
}

/** Throws a BundleError where `to` holds something else. */
export async function createBundle(options: CreateOptions, around: Surroundings): Promise<Bundled> {
  const folder = resolve(around.cwd, options.to);
  const places = placesIn(folder);
  await begin(folder, options.to);
  // From now on, until it is written again, nobody takes it for whole.
  await rm(places.sums, { force: true });
  if (options.chart !== undefined) await takeChart(options.chart, options, places, around);
  await takeModels(options, places, around);
  const bundled = await contentsOf(places);
  await writeFile(places.readme, readmeOf(bundled));
  await writeSums(folder);
  return bundled;
}

/** Of earlier times too. */
async function contentsOf(places: Places): Promise<Bundled> {
  const models = await Promise.all(
    (await readModels(places)).map(async (model) => ({ ...model, bytes: await bytesOf(model, places) })),
  );
  const named = await readFile(join(places.images, imagesName), "utf8").catch(() => "");
  const [chart] = await endingWith(".tgz", places.chart);
  return {
    ...(chart !== undefined && { chart }),
    images: named.split("\n").filter((name) => name !== ""),
    archives: await endingWith(".tar", places.images),
    models,
  };
}

async function endingWith(ending: string, folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(ending)).sort();
}

const ours: ReadonlySet<string> = new Set(["chart", "images", "models", readmeName, sumsName, `${sumsName}.new`]);

async function begin(folder: string, to: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const foreign = (await readdir(folder)).filter((name) => !ours.has(name));
  if (foreign.length === 0) return;
  throw new BundleError(
    `${to} is no bundle: it holds ${foreign.slice(0, 3).join(", ")}. Name a folder that is empty or not there yet`,
  );
}

async function takeChart(
  chart: string,
  { values, platforms, crane, insecureRegistries }: CreateOptions,
  { chart: into, images: archives }: Places,
  { cwd, say, signal }: Surroundings,
): Promise<void> {
  const { facts, values: own } = await readChart(chart);
  const given = await Promise.all(values.map((path) => readValues(resolve(cwd, path))));
  const images = imagesOf([own, ...given].reduce(mergedValues), facts.appVersion);
  // One chart, and what it needs: another version's would be taken for this one's.
  for (const folder of [into, archives]) await rm(folder, { recursive: true, force: true });
  const file = await packChart(chart, facts, into);
  say(`  chart ${file}`);
  const program = { path: await crane(), insecure: insecureRegistries.length > 0, signal };
  for (const [platform, there] of await imagesByPlatform(program, images, platforms)) {
    say(`  images for ${platform}: ${there.join(", ")}`);
    const name = await pullImages(program, { images: there, platform, into: archives });
    say(`    images/${name}: ${formatBytes((await stat(`${archives}/${name}`)).size)}`);
  }
  await writeFile(join(archives, imagesName), `${[...images.everywhere, ...images.somewhere].join("\n")}\n`);
}

async function readValues(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, "utf8")) ?? {};
  } catch (cause) {
    throw new BundleError(`${path} cannot be read as values: ${(cause as Error).message}`, { cause });
  }
}

/** Where a person asks, any address is meant. */
const anywhere = ["0.0.0.0/0", "::/0"];
/** Of progress. */
const sayEveryBytes = 1024 ** 3;

async function takeModels(
  { models, insecureRegistries }: CreateOptions,
  places: Places,
  around: Surroundings,
): Promise<void> {
  const { clock, signal, say } = around;
  const fetcher = createFetcher({ policy: createAddressPolicy({ allow: anywhere }) });
  try {
    for (const text of models) {
      say(`  model ${text}`);
      let told = 0;
      const { digest } = await fetchModel(text, places, {
        ...{ fetcher, clock, signal, random: systemRandom, insecureHosts: insecureRegistries },
        onProgress: ({ size }, done) => {
          if (done < told) told = done;
          if (done - told < sayEveryBytes) return;
          told = done;
          say(`    ${formatBytes(done)} of ${formatBytes(size)}`);
        },
      });
      say(`    ${digest}`);
    }
  } finally {
    await fetcher.close();
  }
}

/** Of all that a pull of it brings. */
async function bytesOf({ digest, reference }: BundledModel, places: Places): Promise<number> {
  const text = await readFile(places.blob(digest), "utf8");
  const { config, layers } = parseManifest(text, displayReference(parseReference(reference)));
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
}
