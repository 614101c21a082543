import type { Demand, PlacedModel, PlacementHost } from "../snapshot.ts";
import type { Filter } from "./filter.ts";

/** What would have to be downloaded fits on the part of the disk that the owner gave. Ollama itself does not look before it pulls. */
export const diskLeft: Filter = {
  name: "disk",
  events: ["HostDisk", "HostSpec"],
  check({ demand, host, usage }) {
    if (!host.disk) return undefined;
    const needed = bytesToDownload(demand, host);
    const { capacityBytes: capacity } = host.disk;
    const used = host.disk.usedBytes + usage.diskBytes;
    return needed > 0 && used + needed > capacity ? { code: "NotEnoughDisk", needed, used, capacity } : undefined;
  },
};

export function bytesToDownload({ model }: Demand, host: PlacementHost): number {
  return onDisk(model, host) ? 0 : model.sizeBytes;
}

/** The wanted digest, under whatever name and whoever's, brings all the blobs; so does what we made there under one of the names. */
export function onDisk(model: Demand["model"], host: PlacementHost): boolean {
  return host.models.some((there) => there.digest === model.digest || (there.ours && writes(model, there)));
}

function writes({ names }: Demand["model"], there: PlacedModel): boolean {
  return names.some(({ name, digest }) => name === there.name && (digest === undefined || digest === there.digest));
}
