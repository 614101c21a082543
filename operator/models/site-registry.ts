/**
 * A site can have a registry of its own, filled by `commonhold bundle push`: models are downloaded over the house's network instead of
 * once per machine over the internet, or can be had at all where there is no internet. It is asked first for every model, under the
 * model's own name; what it does not have, or cannot tell because it is away, the model's own registry is asked for.
 */
import { ModelError } from "./model-error.ts";
import { libraryHost, type Reference, sameReference } from "./reference.ts";
import type { Registry } from "./registry.ts";

/**
 * Where the site's registry has that model. Ollama's library keeps its names; what comes from elsewhere has its registry before its namespace
 * (`hf.co/me/model` is `hf-co--me/model`), because a name on a host has three parts and no more. Registries know small letters only.
 */
export function siteReference(reference: Reference, site: string): Reference {
  const { host, namespace, model, tag } = reference;
  const from = host.toLowerCase() === libraryHost ? "" : `${host.replace(/[^A-Za-z0-9]+/g, "-")}--`;
  return {
    scheme: "https",
    host: site,
    namespace: `${from}${namespace}`.toLowerCase(),
    model: model.toLowerCase(),
    tag,
  };
}

/** `site`: `host` or `host:port`. What is resolved there has the site's reference, and is pulled from there. */
export function siteFirst(registry: Registry, site: string): Registry {
  return {
    async resolve(reference, signal) {
      const there = siteReference(reference, site);
      if (reference.host.toLowerCase() === site.toLowerCase()) return registry.resolve(reference, signal);
      const missed = await registry.resolve(there, signal).catch((error: unknown) => missing(error, signal));
      if (!(missed instanceof ModelError)) return missed;
      return registry.resolve(reference, signal).catch((error: unknown) => {
        throw error instanceof ModelError ? neither(missed, error) : error;
      });
    },
    shape: (model, signal) => registry.shape(model, signal),
  };
}

/** Whether a model that was asked for as `asked` was found somewhere else. */
export function isElsewhere(found: Reference, asked: Reference): boolean {
  return !sameReference(found, asked);
}

/** What leaves the question open: it is not there, or who could say is away. Anything else is wrong there, and told. */
const open = new Set(["NotFound", "Unreachable", "TooManyRequests", "InvalidReference"]);

function missing(error: unknown, signal: AbortSignal | undefined): ModelError {
  signal?.throwIfAborted();
  if (error instanceof ModelError && open.has(error.code)) return error;
  throw error;
}

/** The second answer decides what happens next; a site that was away may have it after all, so then it is asked again. */
function neither(site: ModelError, own: ModelError): ModelError {
  const code = site.kind === "transient" && own.code === "NotFound" ? site.code : own.code;
  const { retryAfterMs } = own;
  return new ModelError(code, `${ended(own.message)}; the site's registry: ${site.message}`, {
    cause: own,
    retryAfterMs,
  });
}

function ended(message: string): string {
  return message.replace(/[.\s]+$/, "");
}
