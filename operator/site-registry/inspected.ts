/** What may be copied: exactly what the operator would resolve, and nothing that it refuses. */
import { open } from "node:fs/promises";
import { refuseHazards } from "../models/gguf-hazards.ts";
import { readGguf } from "../models/gguf-source.ts";
import type { Reference } from "../models/reference.ts";
import type { Registry, RegistryModel } from "../models/registry.ts";

/**
 * Looks at the head of the weights besides where it can be had, so that what would be refused is not fetched first. Throws a `ModelError`.
 */
export async function inspected(registry: Registry, reference: Reference, signal: AbortSignal): Promise<RegistryModel> {
  const model = await registry.resolve(reference, signal);
  await registry.shape(model, signal);
  return model;
}

/** Looks at the weights as they came: who served another head beforehand, or none, is found out here. Throws `BadGguf`. */
export async function inspectFile(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path);
  try {
    const read = async (first: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(length, sizeBytes)), { position: first });
      return buffer.subarray(0, bytesRead);
    };
    refuseHazards(await readGguf({ sizeBytes, read }));
  } finally {
    await file.close();
  }
}
