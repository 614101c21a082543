/** Programs that note what they are asked, for tests where no Docker engine is. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchDirectory } from "../control-plane/scratch.ts";

/** Pattern of a shell's `case` to the commands that follow: the first that the arguments have the form of is taken, and else nothing is done. */
export type Answers = Readonly<Record<string, string>>;

export interface Played {
  readonly env: { readonly PATH: string; readonly HOME: string };
  /** Of the folder in which they lie. */
  readonly bin: string;
  /** One line for each call: `NAME ARGUMENTS`. */
  asked(): string[];
}

export function play(programs: Readonly<Record<string, Answers>>): Played {
  const folder = scratchDirectory("played");
  const log = join(folder, "asked");
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const [name, answers] of Object.entries(programs)) {
    const cases = Object.entries(answers).map(([pattern, commands]) => `${pattern}) ${commands};;`);
    const lines = ["#!/bin/sh", `echo "${name} $*" >> '${log}'`, 'case "$*" in', ...cases, "esac"];
    writeFileSync(join(bin, name), `${lines.join("\n")}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder },
    bin,
    asked: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
  };
}
