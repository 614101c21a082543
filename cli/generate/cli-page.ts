/** `docs/reference/cli.md`: every verb with what it takes, from the program itself. */
import { basename, isAbsolute } from "node:path";
import type { Argument, Command, Option } from "commander";
import { commonhold } from "../program.ts";

export function cliPage(): Map<string, string> {
  const verbs = commonhold("0").commands.flatMap((command) => pagesOf(command, "commonhold"));
  return new Map([["docs/reference/cli.md", `${heading}${verbs.join("\n")}`]]);
}

const heading = `# \`commonhold\`

\`npx commonhold\` in a clone of the sources, or [from the image](../guides/install.md#5-the-command). \`commonhold help VERB\` prints the same. A verb ends with 0, or with 1 and the reason.

<!-- From cli/program.ts by \`npm run generate\`. Do not edit. -->

`;

function pagesOf(command: Command, before: string): string[] {
  const name = `${before} ${command.name()}`;
  const below = command.commands.flatMap((one) => pagesOf(one, name));
  const isGroup = below.length > 0 && command.options.length === 0;
  return isGroup ? below : [pageOf(command, name), ...below];
}

function pageOf(command: Command, name: string): string {
  const { registeredArguments, options } = command;
  const signature = [name, ...registeredArguments.map(argumentText)].join(" ");
  const rows = options.filter(({ hidden }) => !hidden).map(rowOf);
  const table = rows.length > 0 ? `\n| option | what it does |\n| --- | --- |\n${rows.join("\n")}\n` : "";
  return `## \`${signature}\`\n\n${sentence(command.description())}\n${table}`;
}

function argumentText(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function rowOf(option: Option): string {
  const more = [
    ...(option.mandatory ? ["needed"] : []),
    ...(option.argChoices ? [`one of ${option.argChoices.join(", ")}`] : []),
    ...(isWorthTelling(option.defaultValue) ? [`default \`${here(String(option.defaultValue))}\``] : []),
  ];
  const words = [option.description, ...more].join("; ");
  return `| \`${option.flags}\` | ${words.replaceAll("|", "\\|")} |`;
}

function isWorthTelling(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

/** A folder is told as it is called: where it lies is not the same for whoever reads the page. */
function here(text: string): string {
  return isAbsolute(text) ? basename(text) : text;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
