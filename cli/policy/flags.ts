/** What every verb about the policy repository takes. */
import { type Command, InvalidArgumentError } from "commander";
import { policyBranchDefault } from "../../governance/forges/git/names.ts";
import { policyVariable } from "./address.ts";
import { keyVariable } from "./key.ts";

export interface PolicyFlags {
  readonly repository?: string;
  readonly branch: string;
}

export interface SigningFlags extends PolicyFlags {
  readonly key?: string;
}

export function withPolicyFlags(command: Command): Command {
  return command
    .option(
      "--repository <url>",
      `the policy repository; else ${policyVariable}, else the one whose clone this folder is in`,
      nonEmpty,
    )
    .option("--branch <name>", "its policy branch", nonEmpty, policyBranchDefault);
}

export function withSigningFlags(command: Command): Command {
  return withPolicyFlags(command).option(
    "--key <file>",
    `your SSH key; else ${keyVariable}, else user.signingkey of git, else ~/.ssh/id_ed25519`,
    nonEmpty,
  );
}

export function nonEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}
