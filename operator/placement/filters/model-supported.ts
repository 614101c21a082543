import type { Filter } from "./filter.ts";

/** This engine, in this version, has not already said that it cannot run the model. */
export const modelSupported: Filter = {
  name: "architecture and engine",
  events: ["HostVersion"],
  check({ demand, host }) {
    const known = demand.unsupported?.find(
      (entry) => entry.host === host.name && entry.version === (host.engine.version ?? ""),
    );
    if (!known) return undefined;
    const { architecture } = demand.model;
    return {
      code: "ModelNotSupported",
      version: known.version,
      said: known.said,
      ...(architecture === undefined ? {} : { architecture }),
    };
  },
};
