import type { Filter } from "./filter.ts";

/**
 * No model that is not ours has a name that we would write: a pull of a moved tag, or an alias, would overwrite it. One with the very
 * digest that we would write loses nothing.
 */
export const nameFree: Filter = {
  name: "name in the way",
  events: ["HostDisk"],
  check({ demand, host }) {
    for (const { name, digest } of demand.model.names) {
      const there = host.models.find((model) => model.name === name);
      if (there && !there.ours && there.digest !== digest) {
        return { code: "NameInTheWay", model: name, owner: host.owner };
      }
    }
    return undefined;
  },
};
