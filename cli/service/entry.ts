/** Which of our processes a container's first argument means. */

export type Entry = { readonly start: () => Promise<unknown> } | { readonly start?: never; readonly refusal: string };

/** Pure: nothing is loaded before `start`. */
export function entryOf(name: string | undefined): Entry {
  const start = name === undefined || !Object.hasOwn(entries, name) ? undefined : entries[name];
  if (start) return { start };
  const given = name === undefined ? "nothing was named" : `"${name.slice(0, nameCharsMax)}" is none of them`;
  return {
    refusal: `name what to start as the container's first argument (args in Kubernetes): ${Object.keys(entries).join(", ")}; ${given}`,
  };
}

const nameCharsMax = 100;

const entries: Readonly<Record<string, () => Promise<unknown>>> = {
  operator: () => import("../../operator/main.ts"),
  gateway: () => import("../../api/main.ts"),
  governance: () => import("../../governance/main.ts"),
  // A verb of the command line, which reads its flags from the arguments that follow its name.
  witness: () => import("../main.ts"),
};
