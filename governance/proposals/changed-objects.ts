/** Which objects a proposal changes, by what their files say. */
import { type GovernedObject, type ObjectName, objectKey, type Policy } from "../policy/policy.ts";

/** `before`: what is ratified; `after`: what the proposal says. At least one is there. */
export interface ChangedObject extends ObjectName {
  readonly before?: GovernedObject;
  readonly after?: GovernedObject;
}

/** In the order of the files; what goes comes last. */
export function changedObjects(before: Policy, after: Policy): ChangedObject[] {
  const was = new Map(before.objects.map((object) => [objectKey(object), object]));
  const becomes = new Set(after.objects.map(objectKey));
  const changed = after.objects.flatMap((object): ChangedObject[] => {
    const old = was.get(objectKey(object));
    if (old?.digest === object.digest) return [];
    return [{ ...nameOf(object), after: object, ...(old && { before: old }) }];
  });
  const gone = before.objects.filter((object) => !becomes.has(objectKey(object)));
  return [...changed, ...gone.map((object): ChangedObject => ({ ...nameOf(object), before: object }))];
}

export function nameOf({ kind, namespace, name }: ObjectName): ObjectName {
  return { kind, name, ...(namespace !== undefined && { namespace }) };
}
