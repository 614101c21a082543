/** `members.yaml` as documents and as Member objects. API keys are in neither: their owners make them, and another field manager holds them. */
import { group, version } from "../../operator/apis/group.ts";
import { memberKind } from "../../operator/apis/member.ts";
import type { JsonObject } from "../../operator/tlog/canonical-json.ts";
import type { Sealed } from "../constitution/documents/constitution.ts";
import { digestOf } from "../constitution/documents/digest.ts";
import { type Member, type Members, parseMembers } from "../constitution/documents/members.ts";
import { readPlainYaml } from "../constitution/documents/plain-yaml.ts";
import type { Parsed } from "../constitution/documents/problem.ts";
import { membersLimits } from "../constitution/documents/yaml-limits.ts";
import { membersPath } from "../constitution/paths/path-problem.ts";
import type { GovernedObject } from "./policy.ts";

export interface ReadMembers {
  readonly members: Sealed<Members>;
  readonly objects: readonly GovernedObject[];
}

export function readMembers(text: string): Parsed<ReadMembers> {
  const members = parseMembers(text);
  if (!members.ok) return members;
  // Read once more for the lines alone: a document without problems keeps no places.
  const yaml = readPlainYaml(text, membersPath, membersLimits);
  if (!yaml.ok) return yaml;
  const { places } = yaml.value;
  const objects = members.value.value.members.map((member, index) =>
    objectOf(member, places.ofValue(["members", index]).line),
  );
  return { ok: true, value: { members: members.value, objects } };
}

function objectOf(member: Member, line: number): GovernedObject {
  const { kind, plural } = memberKind;
  const { name } = member;
  const body = { metadata: { name }, spec: specOf(member) };
  return { group, version, kind, plural, name, file: membersPath, line, body, digest: digestOf(body) };
}

function specOf({ displayName, github, sshKeys, roles, affiliation, joined }: Member): JsonObject {
  return {
    ...(displayName !== undefined && { displayName }),
    ...(github && { github: { id: github.id, login: github.login } }),
    ...(sshKeys.length > 0 && { sshKeys }),
    roles,
    ...(affiliation !== undefined && { affiliation }),
    joined: `${joined}T00:00:00Z`,
  };
}
