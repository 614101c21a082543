/**
 * A site can have a registry of its own: models are downloaded over the house's network instead of once per machine over the internet, or can be
 * had at all where there is no internet. It knows each model under the model's own name. One that is filled by hand is asked first (`siteFirst`),
 * one that fills itself has copies (`siteCopies`); what it does not have, or cannot tell because it is away, the model's own registry has.
 */
import { ModelError } from "./model-error.ts";
import { libraryHost, type Reference, sameReference } from "./reference.ts";
import type { AtSite, Registry, RegistryModel } from "./registry.ts";

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

/** `site`: `host` or `host:port`; empty: there is none. `fills`: by itself. */
export function ofSite(registry: Registry, site: string, fills: boolean): Registry {
  if (site === "") return registry;
  return fills ? siteCopies(registry, site) : siteFirst(registry, site);
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

/**
 * Of a site whose registry fills itself. What a name means is asked of the model's own registry: who asked the copy would never hear that a tag has
 * moved. It is pulled from the copy where that is the same; what is pinned, and what its own registry cannot tell, is had from the copy alone.
 */
export function siteCopies(registry: Registry, site: string): Registry {
  return {
    async resolve(reference, signal, pin) {
      if (reference.host.toLowerCase() === site.toLowerCase()) return registry.resolve(reference, signal);
      const there = siteReference(reference, site);
      const copy = await registry.resolve(there, signal).catch((error: unknown) => missing(error, signal));
      if (!(copy instanceof ModelError) && copy.digest === pin) return { ...copy, atSite: copy.digest };
      const own = await registry.resolve(reference, signal).catch((error: unknown) => known(error, signal));
      if (!(own instanceof ModelError)) return sameOf(own, copy);
      if (copy instanceof ModelError) throw neither(copy, own);
      if (pin !== undefined) throw own;
      return { ...copy, atSite: copy.digest };
    },
    shape: (model, signal) => registry.shape(model, signal),
  };
}

function sameOf(own: RegistryModel, copy: RegistryModel | ModelError): RegistryModel {
  if (copy instanceof ModelError) return { ...own, atSite: stateOf(copy) };
  return { ...(copy.digest === own.digest ? copy : own), atSite: copy.digest };
}

function stateOf({ kind }: ModelError): AtSite {
  return kind === "transient" ? "Away" : "Nothing";
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

function known(error: unknown, signal: AbortSignal | undefined): ModelError {
  signal?.throwIfAborted();
  if (error instanceof ModelError) return error;
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
