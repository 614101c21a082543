import type { Filter } from "./filter.ts";

/** None of the names is on its way out: making it again would race with the removal. */
export const notBeingRemoved: Filter = {
  name: "not being removed",
  events: ["HostDisk"],
  check({ demand, host }) {
    const model = demand.model.names.find(({ name }) => host.removing.includes(name))?.name;
    return model === undefined ? undefined : { code: "BeingRemoved", model };
  },
};
