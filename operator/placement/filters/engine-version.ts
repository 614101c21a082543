import semver from "semver";
import type { Filter } from "./filter.ts";

/**
 * The first Ollama that keeps a registry's manifest bytes, so that the digest it tells is the one the registry serves (its commit
 * 3824e380a of 2026-03-27). A model from files is pinned by its files and needs no such thing.
 */
export const ollamaKeepsManifestsSince = "0.20.0";

/** What a build without a version stamp tells: nothing is known of it. */
const unstamped = "0.0.0";

/** The engine is new enough for what it says about the model to be compared with the pin. */
export const engineNewEnough: Filter = {
  name: "engine version",
  events: ["HostVersion"],
  check({ demand, host }) {
    if (demand.model.source !== "Registry") return undefined;
    const { version } = host.engine;
    // `coerce` leaves pre-release parts away: 0.20.0-rc1 has what 0.20.0 has.
    const parsed = version === undefined ? null : semver.coerce(version);
    if (version === undefined) return { code: "EngineVersionUnknown" };
    if (!parsed || semver.eq(parsed, unstamped)) return { code: "EngineVersionUnknown", version };
    if (semver.gte(parsed, ollamaKeepsManifestsSince)) return undefined;
    return { code: "EngineTooOld", version, minimum: ollamaKeepsManifestsSince };
  },
};
