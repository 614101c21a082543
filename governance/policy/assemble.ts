/** The files of a policy put together, and what each has to do with the others: an ordered list of rules. */
import type { Constitution, Sealed } from "../constitution/documents/constitution.ts";
import type { Members } from "../constitution/documents/members.ts";
import { failed, type Parsed, type Problem } from "../constitution/documents/problem.ts";
import { shortagesOf } from "../constitution/feasibility.ts";
import { constitutionPath, membersPath } from "../constitution/paths/path-problem.ts";
import type { Confirmation } from "./confirmations.ts";
import { type GovernedObject, objectKey, objectTitle, type Policy } from "./policy.ts";
import type { FileContent } from "./read-file.ts";
import type { OwnedObject } from "./read-object.ts";
import { machineOfSecret } from "./secrets.ts";
import { confirmationsPath } from "./sift.ts";

/** `problems`: what was found wrong with single files; what could be read is checked all the same. */
export function assemble(contents: readonly FileContent[], problems: readonly Problem[]): Parsed<Policy> {
  const parts = partsOf(contents);
  const found = [...problems, ...missingFiles(parts, problems), ...rules.flatMap((rule) => rule(parts))];
  const { constitution, members } = parts;
  if (found.length > 0 || !constitution || !members) return failed(found);
  const objects = [...parts.owned.map(({ object }) => object), ...parts.memberObjects];
  return { ok: true, value: { constitution, members, objects, confirmations: parts.confirmations } };
}

interface Parts {
  readonly constitution: Sealed<Constitution> | undefined;
  readonly members: Sealed<Members> | undefined;
  readonly memberObjects: readonly GovernedObject[];
  readonly owned: readonly OwnedObject[];
  readonly confirmations: readonly Confirmation[];
}

function partsOf(contents: readonly FileContent[]): Parts {
  let constitution: Parts["constitution"];
  let members: Parts["members"];
  let memberObjects: Parts["memberObjects"] = [];
  let confirmations: Parts["confirmations"] = [];
  const owned: OwnedObject[] = [];
  for (const content of contents) {
    switch (content.role) {
      case "constitution":
        constitution = content.constitution;
        break;
      case "members":
        members = content.members;
        memberObjects = content.objects;
        break;
      case "confirmations":
        confirmations = content.confirmations;
        break;
      case "object":
        owned.push(content);
    }
  }
  return { constitution, members, memberObjects, owned, confirmations };
}

/** A file that is there and wrong is not missing. */
function missingFiles({ constitution, members }: Parts, problems: readonly Problem[]): Problem[] {
  // Of a tree with too many files none was read.
  const isThere = (file: string): boolean => problems.some((problem) => problem.file === file || problem.file === ".");
  const missing = [
    ...(constitution || isThere(constitutionPath) ? [] : [constitutionPath]),
    ...(members || isThere(membersPath) ? [] : [membersPath]),
  ];
  return missing.map((file) => ({
    ...{ file, line: 1, column: 1, path: "" },
    reason: "the file is missing: without it nobody could decide anything",
    fix: "add it, as the template has it",
  }));
}

type Rule = (parts: Parts) => readonly Problem[];

const rules: readonly Rule[] = [
  // What no vote could satisfy could not be repaired by a vote.
  ({ constitution, members }) =>
    (constitution && members ? shortagesOf(constitution.value, members.value) : []).map(({ sentence }) => ({
      ...{ file: constitutionPath, line: 1, column: 1, path: "" },
      reason: `no vote could satisfy it with today's members: ${sentence}`,
      fix: `change the rule, or ${membersPath}`,
    })),
  ({ owned }) => {
    const first = new Map<string, GovernedObject>();
    return owned.flatMap(({ object }) => {
      const key = objectKey(object);
      const before = first.get(key);
      if (!before) first.set(key, object);
      if (!before) return [];
      const reason = `${objectTitle(object)} is already in ${before.file}`;
      return [
        { file: object.file, line: object.line, column: 1, path: "metadata.name", reason, fix: "keep one of them" },
      ];
    });
  },
  ({ owned, members }) =>
    owned.flatMap(({ object, owner }) => (owner && members ? ownerProblems(object, owner, members.value) : [])),
  // Who proposes a machine must not have another machine's password sent to it.
  ({ owned, members }) => {
    const machines = (members?.value.members ?? []).flatMap((member) => member.machines);
    return owned.flatMap(({ object, secrets }) =>
      secrets.flatMap(({ name, line, column, path }) => {
        if (machineOfSecret(name, [...machines, object.name]) === object.name) return [];
        return [
          {
            ...{ file: object.file, line, column, path: path.join(".") },
            reason: `the Secret ${name} is not named for ${object.name}, so it may be another machine's`,
            fix: `call it ${object.name}, or ${object.name}-SOMETHING`,
          },
        ];
      }),
    );
  },
  // A confirmation that lies ready would let the object go by itself one day.
  ({ owned, memberObjects, confirmations }) => {
    const there = new Map([...owned.map(({ object }) => object), ...memberObjects].map((one) => [objectKey(one), one]));
    return confirmations.flatMap((confirmation, index) => {
      const object = there.get(objectKey(confirmation));
      if (!object) return [];
      const reason = `it confirms the removal of ${objectTitle(object)}, which is still in ${object.file}`;
      const fix = "remove both in one proposal, or delete this entry";
      return [{ file: confirmationsPath, line: confirmation.line, column: 1, path: `removals[${index}]`, reason, fix }];
    });
  },
];

function ownerProblems(object: GovernedObject, owner: OwnedObject["owner"] & object, { members }: Members): Problem[] {
  const at = { file: object.file, line: owner.line, column: owner.column, path: "spec.owner" };
  const member = members.find(({ name }) => name === owner.name);
  if (!member) {
    const reason = `the owner ${owner.name} is not in ${membersPath}`;
    return [{ ...at, reason, fix: "write the name of a member" }];
  }
  if (member.machines.includes(object.name)) return [];
  const reason = `${membersPath} does not list ${object.name} among the machines of ${owner.name}`;
  return [
    { ...at, reason, fix: `add it to the machines of ${owner.name}, in a proposal of its own or before this one` },
  ];
}
