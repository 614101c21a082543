/** Blobs, copies and deletes. */
import { createHash } from "node:crypto";
import { diskFull } from "../disk.ts";
import type { OllamaDouble } from "../double.ts";
import type { Exchange } from "../exchange.ts";
import { isValid, parseName } from "../names.ts";
import { notFound, Refused } from "../refused.ts";

export function headBlob(double: OllamaDouble, exchange: Exchange): void {
  exchange.empty(double.disk.blobs.has(digestIn(exchange)) ? 200 : 404);
}

export async function postBlob(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const digest = digestIn(exchange);
  if (double.disk.blobs.has(digest)) return exchange.empty(200);
  const chunks: Buffer[] = [];
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of exchange.request) {
    bytes += (chunk as Buffer).length;
    if (bytes > double.disk.freeBytes) throw new Refused(500, diskFull(digest).replace("-partial", ""));
    hash.update(chunk as Buffer);
    chunks.push(chunk as Buffer);
  }
  const found = `sha256:${hash.digest("hex")}`;
  // The real one keeps the bytes under their own digest, whatever was asked.
  double.disk.blobs.set(found, { kind: "model", digest: found, bytes, content: Buffer.concat(chunks) });
  if (found !== digest) throw new Refused(400, `digest mismatch, expected "${digest}", got "${found}"`);
  exchange.empty(201);
}

export async function copy(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const source = parseName(String(body["source"] ?? ""));
  const destination = parseName(String(body["destination"] ?? ""));
  if (!isValid(source)) throw new Refused(400, `source ${JSON.stringify(body["source"])} is invalid`);
  if (!isValid(destination)) throw new Refused(400, `destination ${JSON.stringify(body["destination"])} is invalid`);
  const stored = double.disk.find(source);
  if (!stored) throw new Refused(404, `model ${JSON.stringify(body["source"])} not found`);
  double.disk.write(destination, stored.manifest, double.settings.clock.now());
  exchange.empty(200);
}

export async function remove(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const asked = String(body["model"] || body["name"] || "");
  const name = parseName(asked);
  if (!isValid(name))
    throw new Refused(400, asked === "" ? "model is required" : `name ${JSON.stringify(asked)} is invalid`);
  if (!double.disk.remove(name)) throw notFound(asked);
  exchange.empty(200);
}

function digestIn(exchange: Exchange): string {
  const digest = exchange.path.slice("/api/blobs/".length);
  if (!/^sha256[:-][0-9a-fA-F]{64}$/.test(digest)) throw new Refused(400, "invalid digest format");
  return digest.replace("-", ":").toLowerCase();
}
