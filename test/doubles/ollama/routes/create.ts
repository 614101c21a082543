/** `/api/create` (server/create.go): a model of files whose blobs the host has, or of a model that it has. */
import type { OllamaDouble } from "../double.ts";
import type { Exchange } from "../exchange.ts";
import { ggufFacts, NotGguf } from "../gguf-facts.ts";
import { configOf, type Layer, layerOf, type Manifest, type ModelConfig, manifestOf, paramsOf } from "../manifest.ts";
import { isValid, parseName, shortest } from "../names.ts";
import { ClientLeft, Refused } from "../refused.ts";
import { download, Events } from "./pull.ts";

export async function create(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const files = filesIn(body["files"]);
  for (const [file, digest] of Object.entries(files ?? {})) {
    if (file.startsWith("/") || file.split("/").includes("..")) throw new Refused(400, "file path must be relative");
    if (digest === "") throw new Refused(400, "invalid digest format");
  }
  const name = parseName(String(body["model"] || body["name"] || ""));
  if (!isValid(name)) throw new Refused(400, "invalid model name");
  const events = new Events(exchange, body["stream"] !== false);
  try {
    const base = await baseOf(double, exchange, body, files, events);
    const manifest = await finished(double, body, base, events);
    await events.add({ status: "writing manifest" });
    double.disk.write(name, manifest, double.settings.clock.now());
    await events.add({ status: "success" });
    await events.whole();
  } catch (error) {
    if (exchange.signal.aborted) throw new ClientLeft();
    await events.failed((error as Error).message, error instanceof Refused ? error.status : 500);
  }
}

interface Base {
  readonly layers: readonly Layer[];
  readonly config: ModelConfig;
}

async function baseOf(
  double: OllamaDouble,
  exchange: Exchange,
  body: Record<string, unknown>,
  files: Readonly<Record<string, string>> | undefined,
  events: Events,
): Promise<Base> {
  if (body["from"]) {
    const name = parseName(String(body["from"]));
    if (!isValid(name)) throw new Refused(400, "invalid model name");
    // The real one pulls what it has not, from whatever registry the name says.
    if (!double.disk.find(name)) await download(double, name, exchange.signal, (event) => events.add(event));
    const stored = double.disk.find(name);
    if (!stored) throw new Error("file does not exist");
    const layers = stored.manifest.layers.map((layer) => ({ ...layer, from: shortest(stored.name) }));
    return { layers, config: configOf(stored.manifest) };
  }
  if (!files) throw new Refused(400, "neither 'from' or 'files' was specified");
  return await fromFiles(double, files, "model", events);
}

async function fromFiles(
  double: OllamaDouble,
  files: Readonly<Record<string, string>>,
  kind: "model" | "adapter",
  events: Events,
): Promise<Base> {
  const given = Object.entries(files);
  if (given.length === 0) throw new Refused(400, "unknown type");
  if (given.length > 1 && kind === "adapter") throw new Refused(400, "only one adapter is currently supported");
  const layers: Layer[] = [];
  let config: ModelConfig | undefined;
  for (const [file, digest] of given) {
    if (!/^sha256[:-][0-9a-f]{64}$/i.test(digest)) throw new Error("invalid digest format");
    const blob = double.disk.blobs.get(digest);
    const path = `/root/.ollama/models/blobs/${digest.replace(":", "-")}`;
    if (!file.endsWith(".gguf") && blob?.content?.toString("latin1", 0, 4) !== "GGUF")
      throw new Refused(400, "unknown type");
    await events.add({ status: "parsing GGUF" });
    if (!blob) throw new Error(`open ${path}: no such file or directory`);
    layers.push({ ...blob, kind, from: path });
    config ??= blob.content ? configFrom(blob.content) : claimedConfig;
  }
  return { layers, config: config as ModelConfig };
}

/** Of weights that only claim to be there. */
const claimedConfig: ModelConfig = {
  family: "llama",
  quantization: "unknown",
  parameterSize: "1M",
  facts: { "general.architecture": "llama" },
  capabilities: ["completion"],
};

function configFrom(file: Buffer): ModelConfig {
  try {
    const { facts, parameters } = ggufFacts(file);
    const architecture = String(facts["general.architecture"] ?? "unknown");
    return {
      family: architecture,
      quantization: "unknown",
      parameterSize: parameters >= 1e6 ? `${(parameters / 1e6).toFixed(1)}M` : `${Math.floor(parameters / 1e3)}K`,
      facts: { ...facts, "general.parameter_count": parameters },
      capabilities: facts[`${architecture}.pooling_type`] === undefined ? ["completion"] : ["embedding"],
    };
  } catch (error) {
    if (error instanceof NotGguf) throw new Refused(error.message.includes("not in GGUF") ? 400 : 500, error.message);
    throw error;
  }
}

async function finished(
  double: OllamaDouble,
  body: Record<string, unknown>,
  base: Base,
  events: Events,
): Promise<Manifest> {
  let layers = [...base.layers];
  const adapters = filesIn(body["adapters"]);
  if (adapters) layers.push(...(await fromFiles(double, adapters, "adapter", events)).layers);
  const replace = (kind: "template" | "system" | "params", content: string): void => {
    layers = [...layers.filter((layer) => layer.kind !== kind), layerOf(kind, Buffer.from(content))];
  };
  if (body["template"]) replace("template", templateIn(String(body["template"])));
  if (body["system"]) replace("system", String(body["system"]));
  const parameters = { ...paramsOf(manifestOf(layers, base.config)), ...(body["parameters"] as object | undefined) };
  if (Object.keys(parameters).length > 0) replace("params", JSON.stringify(parameters));
  for (const { digest } of layers) await events.add({ status: `using existing layer ${digest}` });
  return manifestOf(layers, base.config);
}

/** Go's parser in the one case that tests use. */
function templateIn(template: string): string {
  if (template.lastIndexOf("{{") > template.lastIndexOf("}}")) {
    throw new Refused(400, "template error: template: :1: unclosed action");
  }
  return template;
}

function filesIn(value: unknown): Readonly<Record<string, string>> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, string>) : undefined;
}
