/**
 * The template of a policy repository, filled in. It is written for three people, with everything in capital letters that only they
 * know; what is not known here stays so, and is refused until somebody writes it.
 */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { constitutionPath, membersPath } from "../../governance/constitution/paths/path-problem.ts";
import { type NewMember, withMember } from "./members-edit.ts";

export interface Founding {
  /** Name of the community. */
  readonly community: string;
  /** Who begins it. */
  readonly founder: Omit<NewMember, "number">;
  /** Without any, those of the template stay, to be filled in by hand. */
  readonly others: readonly Omit<NewMember, "number">[];
}

/** `template`: folder of the template; `folder`: an empty one, or none yet. */
export async function writeTemplate(template: string, folder: string, founding: Founding): Promise<void> {
  const read = (path: string): Promise<string> => readFile(join(template, path), "utf8");
  // Before anything is written: a wrong name or key leaves no half of a folder.
  const members = filledMembers(await read(membersPath), founding);
  const constitution = (await read(constitutionPath)).replace("COMMUNITY_NAME", yamlText(founding.community));
  await cp(template, folder, { recursive: true });
  // An example of a machine that nobody has.
  await rm(join(folder, "hosts"), { recursive: true, force: true });
  await writeFile(join(folder, membersPath), members);
  await writeFile(join(folder, constitutionPath), constitution);
}

export function filledMembers(template: string, { founder, others }: Founding): string {
  const { github, sshKeys, name, joined } = founder;
  const lines = template.split("\n").flatMap((line) => {
    if (/^ +# Machines that are hers\b/.test(line) || line.includes("machines: [alice-desktop]")) return [];
    if (line.includes("ALICE_GITHUB_ID"))
      return github ? [`    github: {id: ${github.id}, login: ${github.login}}`] : [];
    if (line.includes("ALICE_SSH_PUBLIC_KEY")) return sshKeys.map((key) => `      - ${key}`);
    return [line.replace("name: alice", `name: ${name}`).replace("ALICE_JOINED", joined)];
  });
  const filled = lines.join("\n");
  if (others.length === 0) return filled;
  const second = filled.indexOf("\n  - number: 2");
  const alone = second < 0 ? filled : `${filled.slice(0, second).trimEnd()}\n`;
  return others.reduce((text, member, at) => withMember(text, { ...member, number: at + 2 }), alone);
}

/** As it is where it means itself in YAML, else in quotes. */
function yamlText(text: string): string {
  return /^[A-Za-z][A-Za-z0-9' -]*[A-Za-z0-9]$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
