import { freemem, totalmem } from "node:os";
import pc from "picocolors";
import { satisfies } from "semver";
import { GitError } from "../../governance/git/repository.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { formatBytes } from "../../operator/text/bytes.ts";
import { cacheRoot } from "../up/binaries/cache.ts";
import { type BinaryName, catalog } from "../up/binaries/catalog.ts";
import { freeBytes } from "../up/binaries/disk.ts";
import { BinaryError, type BinaryOptions, sourceWords } from "../up/binaries/ensure.ts";
import { findGit } from "../up/binaries/git.ts";
import { lookUp } from "../up/binaries/lookup.ts";
import { prospectOf } from "../up/binaries/prospect.ts";
import { goNeeded } from "../up/binaries/recipes.ts";
import { compilerHint, findGo, isNewEnough, missingCompilers } from "../up/binaries/toolchain.ts";

/** One thing looked at. `problem`: something needed cannot be had, and the exit code will say so. */
interface Finding {
  mark: "good" | "note" | "problem";
  text: string;
  /** What to do about it. */
  next?: readonly string[];
}

/** What is measured on the machine; tests give their own. */
export interface DoctorMachine {
  binaries: Pick<BinaryOptions, "origins" | "httpLimits" | "platform" | "recipes" | "freeBytes" | "unreachable">;
  nodeVersion: string;
  memoryBytes: { total: number; free: number };
}

const needed: readonly BinaryName[] = ["etcd", "kube-apiserver", "kubectl", "ollama"];
const neededByTestsOnly: readonly BinaryName[] = ["registry"];
const nodeNeeded = ">=20.19.0";
/** etcd, kube-apiserver, Ollama with a small model, operator and gateway, with some room. */
const memoryBytesNeeded = 2 * 1024 ** 3;
/** A model, logs and the state directory. */
const diskBytesWanted = 5 * 1024 ** 3;

/** Prints what is there, where, and what is missing with what to do. Resolves to the exit code: 1 when it cannot start. */
export async function doctor(
  output: { write(text: string): unknown },
  env: Readonly<Record<string, string | undefined>>,
  machine: DoctorMachine = thisMachine(),
): Promise<number> {
  const options: BinaryOptions = { ...machine.binaries, env, clock: systemClock, onProgress: () => {} };
  const findings: Finding[] = [];
  const show = (finding: Finding): void => {
    findings.push(finding);
    output.write(format(finding));
  };
  output.write("Programs\n");
  for (const name of needed) show(await examineBinary(name, options, "problem"));
  show(await examineGit(options));
  for (const name of neededByTestsOnly) show(await examineBinary(name, options, "note"));
  output.write("Tools for building\n");
  for (const finding of await examineTools(options)) show(finding);
  output.write("Machine\n");
  for (const finding of await examineMachine(options, machine)) show(finding);
  return findings.some(({ mark }) => mark === "problem") ? 1 : 0;
}

function thisMachine(): DoctorMachine {
  return {
    binaries: {},
    nodeVersion: process.versions.node,
    memoryBytes: { total: totalmem(), free: freemem() },
  };
}

async function examineBinary(name: BinaryName, options: BinaryOptions, missing: Finding["mark"]): Promise<Finding> {
  const title = name.padEnd(15);
  const purpose = neededByTestsOnly.includes(name) ? " (tests only)" : "";
  try {
    const { found, rejected } = await lookUp(name, options);
    if (found) {
      return { mark: "good", text: `${title} ${found.version}  ${sourceWords[found.source]}: ${found.path}${purpose}` };
    }
    const prospect = await prospectOf(name, options);
    const passedOver = rejected.map((clause) => `not taken: ${clause}`);
    const what = `${title} ${catalog[name].version}  not here yet`;
    if (prospect.way === "download") {
      return { mark: "note", text: `${what}; will be downloaded from ${prospect.host}${purpose}`, next: passedOver };
    }
    if (prospect.way === "build") {
      const why = `no download: ${prospect.insteadOf.what}`;
      const text = `${what}; will be built with Go ${prospect.goVersion}${purpose}`;
      return { mark: "note", text, next: [...passedOver, why] };
    }
    const reasons = prospect.reasons.map((reason) => `${reason.what}. ${reason.next}`);
    return {
      mark: missing,
      text: `${title} missing, and it cannot be had${purpose}`,
      next: [...passedOver, ...reasons],
    };
  } catch (error) {
    if (!(error instanceof BinaryError)) throw error;
    return { mark: missing, text: `${title} ${error.what}${purpose}`, next: [error.next] };
  }
}

/** Everything that is decided lies in a repository of git's. */
async function examineGit(options: BinaryOptions): Promise<Finding> {
  const title = "git".padEnd(15);
  try {
    return { mark: "good", text: `${title} ${await findGit(options)}` };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { mark: "problem", text: `${title} cannot be used`, next: [error.message] };
  }
}

/** Never a problem by themselves: `examineBinary` has said where one is missing. */
async function examineTools(options: BinaryOptions): Promise<Finding[]> {
  const go = await findGo(options);
  if (!go) return [{ mark: "note", text: `Go              not on PATH (${goNeeded} or newer: https://go.dev/dl)` }];
  const old = isNewEnough(go) ? "" : `  too old, needed is ${goNeeded} or GOTOOLCHAIN=auto`;
  const missing = await missingCompilers(go, options);
  const compilers: Finding =
    missing.length === 0
      ? { mark: "good", text: `C and C++       ${go.cCompiler}, ${go.cxxCompiler}` }
      : { mark: "note", text: `C and C++       ${missing.join(" and ")} missing (for Ollama)`, next: [compilerHint()] };
  return [{ mark: old ? "note" : "good", text: `Go              ${go.version}${old}` }, compilers];
}

async function examineMachine(options: BinaryOptions, machine: DoctorMachine): Promise<Finding[]> {
  const { nodeVersion, memoryBytes } = machine;
  const folder = cacheRoot(options.env);
  const free = await (options.freeBytes ?? freeBytes)(folder);
  return [
    satisfies(nodeVersion, nodeNeeded)
      ? { mark: "good", text: `Node            ${nodeVersion}` }
      : { mark: "problem", text: `Node            ${nodeVersion}`, next: [`Install Node ${nodeNeeded}.`] },
    memoryBytes.total >= memoryBytesNeeded
      ? { mark: "good", text: `memory          ${memory(memoryBytes)}` }
      : {
          mark: "note",
          text: `memory          ${memory(memoryBytes)}`,
          next: [`${formatBytes(memoryBytesNeeded)} are needed to run all parts with a small model.`],
        },
    free >= diskBytesWanted
      ? { mark: "good", text: `disk            ${formatBytes(free)} free at ${folder}` }
      : {
          mark: "note",
          text: `disk            ${formatBytes(free)} free at ${folder}`,
          next: [`${formatBytes(diskBytesWanted)} are good to have; XDG_CACHE_HOME chooses another disk.`],
        },
  ];
}

function memory({ total, free }: DoctorMachine["memoryBytes"]): string {
  return `${formatBytes(total)}, ${formatBytes(free)} free`;
}

const marks: Readonly<Record<Finding["mark"], string>> = {
  good: pc.green("✓"),
  note: pc.yellow("•"),
  problem: pc.red("✗"),
};

function format({ mark, text, next = [] }: Finding): string {
  const advice = next.map((line) => `      ${line.replaceAll("\n", "\n      ")}\n`);
  return `  ${marks[mark]} ${text}\n${advice.join("")}`;
}
