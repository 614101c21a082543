/** A Secret with a key in it, for programs of the cluster that ask: `helm test`, and Prometheus, whose key the chart's `keySecret` names. */
import { secrets } from "../../operator/kube/builtin-types.ts";
import { isAlreadyExists, isForbidden, isKubeError, isNotFound } from "../../operator/kube/errors.ts";
import { KeyError } from "./key-error.ts";
import type { Access } from "./member-keys.ts";

export interface SecretPlace {
  readonly name: string;
  readonly namespace: string;
}

/** Throws a KeyError where it could not be made: asked before there is a key that would have no place. */
export async function checkSecretPlace(place: SecretPlace, access: Access): Promise<void> {
  await createSecret(place, "ch_not-a-key", true, access);
}

export async function putInSecret(place: SecretPlace, key: string, access: Access): Promise<void> {
  await createSecret(place, key, false, access);
}

async function createSecret(
  place: SecretPlace,
  key: string,
  dryRun: boolean,
  { client, signal }: Access,
): Promise<void> {
  try {
    await client.create(secrets, { metadata: { ...place }, type: "Opaque", stringData: { key } }, { dryRun, signal });
  } catch (error) {
    throw isKubeError(error) ? new KeyError(wordsFor(error, place), { cause: error }) : error;
  }
}

function wordsFor(error: unknown, { name, namespace }: SecretPlace): string {
  if (isAlreadyExists(error))
    return `there is a Secret ${name} in ${namespace} already: give another name, or kubectl -n ${namespace} delete secret ${name}`;
  if (isNotFound(error)) return `there is no namespace ${namespace}: name that of the services with --namespace`;
  if (isForbidden(error))
    return `you may not put a Secret into ${namespace}: it takes the right to create secrets there`;
  return `the Secret ${name} cannot be made in ${namespace}`;
}
