import { createHash } from "node:crypto";
import { type TinyShape, tinyGguf } from "../models/tiny-gguf.ts";

/** Makes a tiny model known to an Ollama under `name`, as a person would from a file. Resolves to the file's sha256 (hex). */
export async function createTinyModel(url: string, name: string, shape: Partial<TinyShape> = {}): Promise<string> {
  const file = tinyGguf(shape);
  const sha256 = createHash("sha256").update(file).digest("hex");
  await call(`${url}/api/blobs/sha256:${sha256}`, new Uint8Array(file));
  await call(
    `${url}/api/create`,
    JSON.stringify({ model: name, files: { "tiny.gguf": `sha256:${sha256}` }, stream: false }),
  );
  return sha256;
}

async function call(url: string, body: Uint8Array<ArrayBuffer> | string): Promise<void> {
  const response = await fetch(url, { method: "POST", body });
  const text = await response.text();
  if (!response.ok || text.includes('"error"')) throw new Error(`${url}: ${response.status} ${text}`);
}
