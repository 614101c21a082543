/** Model names by Ollama's grammar (types/model/name.go of v0.24.0): parts, defaults, validity, the shortest way to show one. */

export interface ModelName {
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

const defaults = { host: "registry.ollama.ai", namespace: "library", tag: "latest" };
const missing = "!MISSING!";

export function parseName(text: string): ModelName {
  let rest = text;
  let tag = "";
  if (rest.lastIndexOf(":") > rest.lastIndexOf("/")) [rest, tag] = cutLast(rest, ":");
  if (!rest.includes("/")) return filled({ model: rest, tag });
  const [afterModel, model] = cutLast(rest, "/");
  if (!afterModel.includes("/")) return filled({ namespace: afterModel, model, tag });
  const [before, namespace] = cutLast(afterModel, "/");
  return filled({
    host: before.slice(before.indexOf("://") < 0 ? 0 : before.indexOf("://") + 3),
    namespace,
    model,
    tag,
  });
}

export function isValid(name: ModelName): boolean {
  return (
    /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}$/.test(name.host) &&
    /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/.test(name.namespace) &&
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/.test(name.model) &&
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/.test(name.tag)
  );
}

/** The key of a manifest: Ollama finds names whatever their case. */
export function key(name: ModelName): string {
  return `${name.host}/${name.namespace}/${name.model}:${name.tag}`.toLowerCase();
}

/** As `/api/tags` and `/api/ps` list it; the tag is always shown. */
export function shortest(name: ModelName): string {
  const { host, namespace, model, tag } = name;
  if (host.toLowerCase() !== defaults.host) return `${host}/${namespace}/${model}:${tag}`;
  return namespace.toLowerCase() === defaults.namespace ? `${model}:${tag}` : `${namespace}/${model}:${tag}`;
}

function filled(parts: { host?: string; namespace?: string; model: string; tag: string }): ModelName {
  return {
    host: parts.host || defaults.host,
    namespace: parts.namespace || defaults.namespace,
    model: parts.model,
    tag: parts.tag || defaults.tag,
  };
}

function cutLast(text: string, separator: string): [before: string, after: string] {
  const at = text.lastIndexOf(separator);
  return [text.slice(0, at) || missing, text.slice(at + 1) || missing];
}
