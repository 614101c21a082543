/**
 * Secrets that ModelHosts name, read one by one (`get` only: the gateway may not list Secrets) and remembered for a short
 * while. When the API server is away the last known value goes on.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import { secrets } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isConnectionFailure, isForbidden } from "../../operator/kube/errors.ts";
import type { ReadSecret } from "./endpoint.ts";
import { HostFailure } from "./failure.ts";

/** A changed Secret is used at the latest after this time, one that was missing after the shorter one. */
export const secretAgeMaxMs = 30_000;
export const absenceAgeMaxMs = 2_000;
const secretTimeoutMs = 5_000;

export interface SecretReaderOptions {
  readonly client: Pick<KubeClient, "get">;
  readonly clock: Clock;
  readonly namespace: string;
}

export function secretReader({ client, clock, namespace }: SecretReaderOptions): ReadSecret {
  const known = new Map<string, { values: ReadonlyMap<string, string> | undefined; atMs: number }>();
  return async (name) => {
    const last = known.get(name);
    const ageMaxMs = last?.values ? secretAgeMaxMs : absenceAgeMaxMs;
    if (last && clock.now() - last.atMs < ageMaxMs) return last.values;
    try {
      const secret = await client.get(secrets, { name, namespace }, { timeoutMs: secretTimeoutMs });
      const values = secret && decoded(secret.data ?? {});
      known.set(name, { values, atMs: clock.now() });
      return values;
    } catch (cause) {
      if (last && isConnectionFailure(cause)) return last.values;
      const why = isForbidden(cause)
        ? "may not be read: hostSecrets of the chart does not name it"
        : "could not be read";
      throw new HostFailure("no_credentials", `cannot be asked: its Secret ${name} ${why}`, { cause });
    }
  };
}

function decoded(data: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}
