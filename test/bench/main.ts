/** `npm run bench [-- NAME…]`: measures on this machine alone, prints tables, and leaves nothing running. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type BenchmarkName, benchmarkNames, type Result } from "./benchmark.ts";
import { peersFrom } from "./gateway/variants.ts";
import { withSection } from "./report/publish.ts";
import { renderSection } from "./report/section.ts";
import { runBenchmarks } from "./run.ts";

const root = join(import.meta.dirname, "../../../../..");
const page = join(root, "docs/benchmarks.md");

new Command("npm run bench --")
  .description(`Measures ${benchmarkNames.join(", ")}: all of them, or those that are named.`)
  .argument("[names...]", benchmarkNames.join(", "), names, [])
  .option("--json <file>", "also write every number to this file")
  .option("--write", "put the tables into docs/benchmarks.md", false)
  .option("--profile <dir>", "also write CPU profiles of our services there (it slows them down)")
  .option("--runs <count>", "start: second starts", whole(1, 50), 3)
  .option("--rounds <count>", "gateway: rounds of all cases", whole(1, 50), 4)
  .option("--case-ms <ms>", "gateway: how long a case runs on a variant in a round", whole(200, 60_000), 2_000)
  .option("--upstream-port <port>", "gateway: port of the mock upstream, for peers set up with it", whole(0, 65_535), 0)
  .option(
    "--peer <name=url>",
    "gateway: also measure this OpenAI-compatible base URL on this machine; may repeat",
    many,
    [],
  )
  .option("--peer-key <name=key>", "its API key; may repeat", many, [])
  .option("--peer-model <name=model>", "what it calls the upstream's model; may repeat", many, [])
  .option("--peer-pid <name=pid>", "its process, for CPU and memory; may repeat", many, [])
  .option("--hosts <count>", "operator: hosts", whole(1, 500), 50)
  .option("--deployments <count>", "operator: deployments", whole(1, 5_000), 200)
  .option(
    "--idle-ms <ms>",
    "operator, governance: how long it is watched while nothing happens",
    whole(1_000, 3_600_000),
    60_000,
  )
  .option("--files <count>", "governance: files of the large repository", whole(200, 19_000), 10_000)
  .option("--proposals <count>", "governance: proposals that are open at once", whole(1, 200), 100)
  .option("--objects <count>", "governance: objects that kubectl plans too", whole(10, 5_000), 300)
  .option("--merges <count>", "governance: merges in each way", whole(1, 200), 20)
  .option("--records <count>", "governance: records of the decision log", whole(100, 1_000_000), 100_000)
  .option("--repeats <count>", "governance: how often each plan and check is made", whole(1, 50), 3)
  .action(bench)
  .parse();

interface Options {
  json?: string;
  write: boolean;
  profile?: string;
  runs: number;
  rounds: number;
  caseMs: number;
  upstreamPort: number;
  peer: string[];
  peerKey: string[];
  peerModel: string[];
  peerPid: string[];
  hosts: number;
  deployments: number;
  idleMs: number;
  files: number;
  proposals: number;
  objects: number;
  merges: number;
  records: number;
  repeats: number;
}

async function bench(named: readonly BenchmarkName[], options: Options): Promise<void> {
  const peers = peersFrom({
    urls: options.peer,
    keys: options.peerKey,
    models: options.peerModel,
    pids: options.peerPid,
  });
  const chosen = benchmarkNames.filter((name) => named.length === 0 || named.includes(name));
  if (options.profile) mkdirSync(options.profile, { recursive: true });
  const outcome = await runBenchmarks(chosen, {
    root,
    compiled: import.meta.dirname,
    profiles: options.profile,
    ...options,
    peers,
  });
  for (const result of outcome.results) process.stdout.write(`\n## ${result.name}\n\n${renderSection(result)}\n`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(outcome.results, null, 1)}\n`);
  if (options.write) writePage(outcome.results);
  process.exitCode = outcome.exitCode;
}

function writePage(results: readonly Result[]): void {
  const text = results.reduce(
    (page, result) => withSection(page, result.name, renderSection(result)),
    readFileSync(page, "utf8"),
  );
  writeFileSync(page, text);
}

function names(text: string, before: readonly BenchmarkName[]): BenchmarkName[] {
  const name = benchmarkNames.find((known) => known === text);
  if (!name) throw new InvalidArgumentError(`There is ${benchmarkNames.join(", ")}.`);
  return [...before, name];
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
    return value;
  };
}

function many(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
