/** What a version of Ollama can be relied on for. */
import semver from "semver";

/**
 * From here on a pull keeps the registry's manifest bytes, so the digest that the host lists is the one that the registry
 * serves (its commit 3824e380a); earlier releases re-encode the manifest and list another.
 */
export const registryDigestsFrom = "0.20.0";

export type DigestTrust = "registry" | "own-encoding" | "unknown-version";

/** `0.0.0`, and anything that is no version, is what a build without a version stamp answers. */
export function digestTrust(version: string): DigestTrust {
  const parsed = semver.parse(version) ?? semver.coerce(version);
  if (!parsed || semver.eq(parsed, "0.0.0")) return "unknown-version";
  // A release candidate of 0.20.0 already has the change: compare without the pre-release part.
  return semver.gte(`${parsed.major}.${parsed.minor}.${parsed.patch}`, registryDigestsFrom)
    ? "registry"
    : "own-encoding";
}
