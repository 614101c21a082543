/** Which of our processes a container's arguments mean. */

export type Entry = { readonly start: () => Promise<unknown> } | { readonly start?: never; readonly refusal: string };

/** Pure: nothing is loaded before `start`. */
export function entryOf([name, ...more]: readonly string[]): Entry {
  const among = more.length > 0 ? verbs : services;
  const start = name === undefined || !Object.hasOwn(among, name) ? undefined : among[name];
  if (start) return { start };
  const given = name === undefined ? "nothing was named" : `"${name.slice(0, nameCharsMax)}" is none of them`;
  return {
    refusal: `name what to start as the container's first argument (args in Kubernetes): ${Object.keys(services).join(", ")}; ${given}`,
  };
}

const nameCharsMax = 100;

type Starts = Readonly<Record<string, () => Promise<unknown>>>;

/** Each reads its settings from the environment. */
const services: Starts = {
  operator: () => import("../../operator/main.ts"),
  gateway: () => import("../../api/main.ts"),
  governance: () => import("../../governance/main.ts"),
  "registry-filler": () => import("../../operator/site-registry/main.ts"),
  witness: () => import("../../governance/witness/main.ts"),
};

/** With arguments of its own a witness is the verb of the command line, which can also make its key and show it. */
const verbs: Starts = { ...services, witness: () => import("../main.ts") };
