/** `commonhold bundle`: what an installation needs where there is no internet, collected, checked, and put into the site's registry. */
import { arch } from "node:os";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { formatBytes } from "../../operator/text/bytes.ts";
import { createBundle } from "../bundle/create.ts";
import { pushModels } from "../bundle/push.ts";
import { checkSums } from "../bundle/sums.ts";
import { nonEmpty } from "../policy/flags.ts";
import { runVerb } from "../policy/run-verb.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { ensureBinary } from "../up/binaries/ensure.ts";

const folderDefault = "commonhold-bundle";
const chartFolder = join(import.meta.dirname, "../../../charts/commonhold");

interface CreateFlags {
  readonly to: string;
  readonly model: readonly string[];
  readonly values: readonly string[];
  readonly platform: readonly string[];
  readonly insecureRegistry: readonly string[];
  readonly onlyModels: boolean;
}

interface PushFlags {
  readonly from: string;
  readonly registry: URL;
}

export function addBundle(program: Command): void {
  const bundle = program.command("bundle").description("what an installation needs where there is no internet");
  bundle
    .command("create")
    .description("collect the chart, images and models in one folder; where it is there already, add to it")
    .option("--to <dir>", "the folder", nonEmpty, folderDefault)
    .option("--model <reference>", "a model, with @sha256:… where it must be that one; may be repeated", repeated, [])
    .option("--values <file>", "values of the chart, for which images are needed; may be repeated", repeated, [])
    .option("--platform <os/arch>", "of the nodes; may be repeated; left out, this machine's", repeated, [])
    .option("--insecure-registry <host:port>", "a registry in plain http; may be repeated", repeated, [])
    .option("--only-models", "neither chart nor images: to fill a site's registry", false)
    .action((flags: CreateFlags) => runVerb((around) => create(flags, around)));
  bundle
    .command("check")
    .description("compare every byte of a bundle with what was written")
    .option("--from <dir>", "the folder", nonEmpty, folderDefault)
    .action((flags: { from: string }) => runVerb((around) => check(flags, around)));
  bundle
    .command("push")
    .description("put a bundle's models into a site's registry")
    .option("--from <dir>", "the folder", nonEmpty, folderDefault)
    .requiredOption(
      "--registry <url>",
      "where it is written to, through kubectl port-forward: http://127.0.0.1:11437",
      registryUrl,
    )
    .action((flags: PushFlags) => runVerb((around) => push(flags, around)));
}

export async function create(flags: CreateFlags, around: Surroundings): Promise<void> {
  const { to, model, values, platform, insecureRegistry, onlyModels } = flags;
  const { env, clock, signal } = around;
  const { images, models } = await createBundle(
    {
      ...{ to, models: model, values, insecureRegistries: insecureRegistry },
      ...(!onlyModels && { chart: chartFolder }),
      platforms: platform.length > 0 ? platform : [`linux/${arch() === "x64" ? "amd64" : arch()}`],
      crane: async () => (await ensureBinary("crane", { env, clock, signal, onProgress: () => {} })).path,
    },
    around,
  );
  const bytes = models.reduce((sum, one) => sum + one.bytes, 0);
  around.say(
    `In ${to}: ${images.length} images, ${models.length} models of ${formatBytes(bytes)}. README.txt in it says what to do where it is taken to.`,
  );
}

export async function check({ from }: { from: string }, around: Surroundings): Promise<void> {
  const files = await checkSums(resolve(around.cwd, from), around.signal);
  around.say(`${from} is whole: ${files} files are as they were written.`);
}

export async function push({ from, registry }: PushFlags, around: Surroundings): Promise<void> {
  const models = await pushModels(resolve(around.cwd, from), registry, around);
  around.say(
    `${models.length} models are in ${registry.origin}. Name them as ever; hosts of this site pull them from there.`,
  );
}

function repeated(text: string, before: readonly string[]): readonly string[] {
  return [...before, nonEmpty(text)];
}

function registryUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === "/") return url;
  throw new InvalidArgumentError("Write http:// or https://, a host and its port.");
}
