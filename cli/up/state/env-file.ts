import { join } from "node:path";
import { writeAtomically } from "./write.ts";

/** Writes `<directory>/env` in dotenv form, which a POSIX shell can read too (`set -a; . <state>/env`). Returns its path. */
export function writeEnvFile(directory: string, variables: Readonly<Record<string, string>>): string {
  const path = join(directory, "env");
  writeAtomically(path, renderEnv(variables));
  return path;
}

/** One `NAME=value` a line, in the order given, quoted where a shell or a dotenv reader would misread the bare value. */
export function renderEnv(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${checkedName(name)}=${quoted(name, value)}\n`)
    .join("");
}

function checkedName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new Error(`"${name}" cannot be the name of an environment variable: use letters, digits and underscores`);
}

/** Single quotes mean the same to a shell and to dotenv readers; nothing that both read alike can hold one, or a line end. */
function quoted(name: string, value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value;
  if (!canBeQuoted(value)) {
    throw new Error(
      `the value of ${name} holds a quote or a control character: move the state directory (--state DIR)`,
    );
  }
  return `'${value}'`;
}

export function canBeQuoted(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what cannot be written.
  return !/['\u0000-\u001f]/.test(value);
}
