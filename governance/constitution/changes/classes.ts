/**
 * Which class decides a proposal. Each path is matched against the patterns of all classes; both names of what was
 * renamed count; a path that nothing matches belongs to the default class. The strictest class, the last in the order of
 * the constitution, decides the whole proposal. What a class asks because of a path (an owner's consent, a veto, a role)
 * is owed wherever the class matches, whichever class decides.
 */
import type { Constitution, DecisionClass } from "../documents/constitution.ts";
import { matchGlob } from "../paths/glob.ts";
import type { Change } from "../snapshot.ts";

export interface ClassifiedPath {
  readonly path: string;
  /** Of that file nothing is left under this name. */
  readonly isGone: boolean;
  readonly classes: readonly DecisionClass[];
  /** What stands for `{machine}` in the patterns of these classes, with the class. */
  readonly machines: readonly { readonly machine: string; readonly class: DecisionClass }[];
}

export interface Classification {
  readonly paths: readonly ClassifiedPath[];
  readonly decidedBy: DecisionClass;
  /** All that match, from the most lenient to the strictest. */
  readonly matched: readonly DecisionClass[];
}

export function classify(changes: readonly Change[], constitution: Constitution): Classification {
  const paths = changes.flatMap((change) => [
    classifyPath(change.path, change.kind === "removed", constitution),
    ...(change.from === undefined ? [] : [classifyPath(change.from, true, constitution)]),
  ]);
  const matched = constitution.classes.filter((known) => paths.some(({ classes }) => classes.includes(known)));
  return { paths, matched, decidedBy: matched.at(-1) ?? defaultOf(constitution) };
}

function classifyPath(path: string, isGone: boolean, constitution: Constitution): ClassifiedPath {
  const machines: { machine: string; class: DecisionClass }[] = [];
  const classes = constitution.classes.filter((candidate) => {
    const matches = candidate.paths.flatMap((glob) => matchGlob(glob, path) ?? []);
    for (const { machine } of matches) if (machine !== undefined) machines.push({ machine, class: candidate });
    return matches.length > 0;
  });
  return { path, isGone, machines, classes: classes.length > 0 ? classes : [defaultOf(constitution)] };
}

function defaultOf({ classes, defaultClass }: Constitution): DecisionClass {
  const found = classes.find(({ name }) => name === defaultClass);
  if (!found)
    throw new TypeError(`the constitution has no class ${defaultClass}: it was not read by parseConstitution`);
  return found;
}
