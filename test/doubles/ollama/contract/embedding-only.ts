/** A tiny GGUF turned into one that only embeds: Ollama takes a model with a pooling type for that. */

/** `file` must be a `llama`. Its tensors keep their alignment: the keys put in are 64 bytes long together. */
export function embeddingOnly(file: Buffer): Buffer {
  const keys = Buffer.concat([u32Key("llama.pooling_type", 1), u32Key("test.alignment", 0)]);
  if (keys.length !== 64)
    throw new Error(`the keys put in are ${keys.length} bytes long: tensors would lose their alignment`);
  const head = Buffer.from(file.subarray(0, 24));
  head.writeBigUInt64LE(head.readBigUInt64LE(16) + 2n, 16);
  return Buffer.concat([head, keys, file.subarray(24)]);
}

function u32Key(key: string, value: number): Buffer {
  const entry = Buffer.alloc(8 + key.length + 8);
  entry.writeBigUInt64LE(BigInt(key.length), 0);
  entry.write(key, 8, "latin1");
  entry.writeUInt32LE(4, 8 + key.length);
  entry.writeUInt32LE(value, 12 + key.length);
  return entry;
}
