/**
 * What emergencies put in the place of ratified objects. A changed file gives its object; a member who was put out is suspended,
 * so that their keys are refused at once and come back when the emergency ends, and a key that was taken is left out.
 */
import { digestOf } from "../constitution/documents/digest.ts";
import { problemSentence } from "../constitution/documents/problem.ts";
import { membersPath } from "../constitution/paths/path-problem.ts";
import { membersAt } from "../evidence/documents-at.ts";
import type { Call, GitRepository, Oid, TreeChange } from "../git/repository.ts";
import { type GovernedObject, objectKey, type Policy } from "../policy/policy.ts";
import { readFile } from "../policy/read-file.ts";
import { bytesMax, sift } from "../policy/sift.ts";
import { takenBy } from "../verification/emergencies.ts";
import type { Target } from "./rollout.ts";

export interface Sheet {
  readonly proposal: string;
  /** The tree that the emergency would make. */
  readonly tree: Oid;
  readonly effective: readonly TreeChange[];
}

export interface Overlays {
  readonly overlays: Target["overlays"];
  /** What cannot be laid over anything; an emergency with any of these is not called. */
  readonly problems: readonly string[];
}

export interface OverlaySources {
  readonly repository: GitRepository;
  readonly namespaces: readonly string[];
  /** What they lie over. */
  readonly commit: Oid;
  readonly policy: Policy;
}

/** `sheets`: the oldest first; of two that change one object the later one counts, of members everything that any took. */
export async function overlaysOf(
  sheets: readonly Sheet[],
  sources: OverlaySources,
  call: Call = {},
): Promise<Overlays> {
  const objects = new Map(sources.policy.objects.map((object) => [objectKey(object), object]));
  const laid = new Map<string, { proposal: string; object: GovernedObject }>();
  const problems: string[] = [];
  const put = (proposal: string, object: GovernedObject): void => {
    objects.set(objectKey(object), object);
    laid.set(objectKey(object), { proposal, object });
  };
  for (const { proposal, tree, effective } of sheets) {
    for (const change of effective) {
      if (change.path === membersPath) {
        for (const object of await memberObjects(tree, objects, sources, call)) put(proposal, object);
        continue;
      }
      const read = await objectOf(change, sources, call);
      if (typeof read === "string") problems.push(read);
      else if (objects.has(objectKey(read))) put(proposal, read);
      else problems.push(`${change.path}: an emergency may only reduce what is there`);
    }
  }
  return { overlays: [...laid.values()], problems };
}

async function objectOf(
  { path, after }: TreeChange,
  { repository, namespaces }: OverlaySources,
  call: Call,
): Promise<GovernedObject | string> {
  if (!after) return `${path}: an emergency may not remove a file`;
  const { files, problems } = sift([{ path, ...after, size: 0 }]);
  const [file] = files;
  if (!file) return problems[0] ? problemSentence(problems[0]) : `${path}: no object is written there`;
  const bytes = await repository.blob(after.oid, { ...call, bytesMax: bytesMax(file.role) });
  const content = bytes && readFile(file, bytes, namespaces);
  if (!content?.ok) return content ? problemSentence(content.problems[0]) : `${path}: its content is not to be had`;
  return content.value.role === "object" ? content.value.object : `${path}: an emergency may not change it`;
}

async function memberObjects(
  tree: Oid,
  objects: ReadonlyMap<string, GovernedObject>,
  { repository, commit }: OverlaySources,
  call: Call,
): Promise<GovernedObject[]> {
  const [taken, ratified] = await Promise.all([
    takenBy(tree, { commit }, repository, call),
    membersAt(repository, commit, call),
  ]);
  const members = ratified?.ok ? ratified.value.value.members : [];
  return members.flatMap(({ number, name, sshKeys }): GovernedObject[] => {
    const object = objects.get(objectKey({ kind: "Member", name }));
    if (!object) return [];
    const isOut = taken.members.includes(number);
    const isPoorer = sshKeys.some((key) => taken.keys.includes(key));
    return isOut || isPoorer ? [reduced(object, isOut, taken.keys)] : [];
  });
}

function reduced(object: GovernedObject, isOut: boolean, takenKeys: readonly string[]): GovernedObject {
  const spec = object.body["spec"] as { readonly sshKeys?: readonly string[] };
  const { sshKeys = [], ...rest } = spec;
  // Who is put out keeps the keys: they are refused by the suspension, and are the same again when it ends.
  const kept = isOut ? sshKeys : sshKeys.filter((key) => !takenKeys.includes(key));
  const after = { ...rest, ...(kept.length > 0 && { sshKeys: kept }), ...(isOut && { suspended: true }) };
  const body = { ...object.body, spec: after } as GovernedObject["body"];
  return { ...object, body, digest: digestOf(body as never) };
}
