/** Whether the program takes a line that a document shows: its verb, what it names and its flags. Nothing is done. */
import { type Command, CommanderError } from "commander";
import { commonhold } from "../../cli/program.ts";

/** `undefined` where it is taken; else what the program says. */
export function refusalOf(args: readonly string[]): string | undefined {
  const said: string[] = [];
  const program = commonhold("0");
  quieten(program, said);
  try {
    program.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : said.join("").trim() || error.message;
  }
}

function quieten(command: Command, said: string[]): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: (text) => void said.push(text) });
  for (const one of command.commands) quieten(one, said);
  const isVerb = command.commands.length === 0 || command.options.length > 1;
  if (isVerb && command.parent) command.action(() => undefined);
}
