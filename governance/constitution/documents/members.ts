/**
 * `members.yaml`: who belongs to the community. A member is known by a number that is never given again: names and
 * logins change hands, and a public log that lasts for ever should hold no more than numbers. On GitHub a member is the
 * numeric id of their account, in plain git one of their SSH keys.
 */
import { folded } from "../paths/fold.ts";
import { membersPath } from "../paths/path-problem.ts";
import type { Sealed } from "./constitution.ts";
import { digestOf } from "./digest.ts";
import { type MemberDocument, memberFields, membersSchema } from "./members-schema.ts";
import { type Path, type Places, shownPath } from "./places.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { failed, type Parsed, type Problem } from "./problem.ts";
import { membersLimits } from "./yaml-limits.ts";
import { zodProblems } from "./zod-problems.ts";

/** `sshKeys` without their comments: `type base64`. */
export type Member = Readonly<MemberDocument>;

export interface Members {
  readonly members: readonly Member[];
}

export function parseMembers(text: string, file: string = membersPath): Parsed<Sealed<Members>> {
  const yaml = readPlainYaml(text, file, membersLimits);
  if (!yaml.ok) return yaml;
  const { data, places } = yaml.value;
  const shape = membersSchema.safeParse(data, { reportInput: true });
  if (!shape.success) return failed(zodProblems(shape.error, file, places, memberFields));
  const { members } = shape.data;
  const problems = [...sharedIdentities(members, file, places), ...contradictions(members, file, places)];
  return problems.length > 0 ? failed(problems) : { ok: true, value: { value: { members }, digest: digestOf(data) } };
}

/** What may belong to one member only, with its path inside the member. */
const identities: readonly [what: string, of: (member: Member) => readonly [Path, string][]][] = [
  ["number", ({ number }) => [[["number"], String(number)]]],
  ["name", ({ name }) => [[["name"], name]]],
  ["GitHub id", ({ github }) => (github ? [[["github", "id"], String(github.id)]] : [])],
  ["GitHub login", ({ github }) => (github ? [[["github", "login"], folded(github.login)]] : [])],
  ["SSH key", ({ sshKeys }) => sshKeys.map((key, index) => [["sshKeys", index], key])],
  ["machine", ({ machines }) => machines.map((machine, index) => [["machines", index], machine])],
];

function sharedIdentities(members: readonly Member[], file: string, places: Places): Problem[] {
  return identities.flatMap(([what, of]) => {
    const first = new Map<string, string>();
    return members.flatMap((member, index) =>
      of(member).flatMap(([path, value]) => {
        const owner = first.get(value);
        if (owner === undefined) first.set(value, member.name);
        if (owner === undefined) return [];
        return problem(
          ["members", index, ...path],
          `this ${what} is already that of ${owner}`,
          `give each ${what} to one member`,
          file,
          places,
        );
      }),
    );
  });
}

function contradictions(members: readonly Member[], file: string, places: Places): Problem[] {
  return members.flatMap((member, index) => {
    const at = (path: Path, reason: string, fix: string): Problem[] =>
      problem(["members", index, ...path], reason, fix, file, places);
    const isService = member.roles.includes("service");
    if (new Set(member.roles).size < member.roles.length) return at(["roles"], "a role is listed twice", "delete one");
    if (isService && member.roles.length > 1)
      return at(["roles"], "a service is not a person", "let service stand alone");
    if (isService && member.github) return at(["github"], "a service has no vote and no account", "delete github");
    if (isService && member.machines.length > 0)
      return at(["machines"], "a service owns no machines", "give them to a person");
    if (!isService && !member.github && member.sshKeys.length === 0) {
      return at([], `${member.name} has neither a GitHub account nor an SSH key to vote with`, "add github or sshKeys");
    }
    return [];
  });
}

function problem(path: Path, reason: string, fix: string, file: string, places: Places): Problem[] {
  return [{ file, ...places.ofValue(path), path: shownPath(path), reason, fix }];
}
