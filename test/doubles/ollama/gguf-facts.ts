/** The keys of a GGUF file, so that a double can create a model from the same bytes that a real Ollama takes. */

export class NotGguf extends Error {
  override readonly name = "NotGguf";
}

/** Throws `NotGguf` with Ollama's words where the file is none, or ends too early. */
export function ggufFacts(file: Buffer): { facts: Record<string, unknown>; parameters: number } {
  if (file.length < 24 || file.toString("latin1", 0, 4) !== "GGUF")
    throw new NotGguf("supplied file was not in GGUF format");
  const reader = new Reader(file, 8);
  const tensors = reader.u64();
  const keys = reader.u64();
  const facts: Record<string, unknown> = {};
  for (let i = 0; i < keys; i++) {
    const key = reader.text();
    const value = reader.value(reader.u32());
    // /api/show empties arrays of more than five values, and leaves the name out.
    if (key !== "general.name") facts[key] = Array.isArray(value) && value.length > 5 ? [] : value;
  }
  return { facts, parameters: countParameters(reader, tensors, file.length) };
}

function countParameters(reader: Reader, tensors: number, fileBytes: number): number {
  let parameters = 0;
  for (let i = 0; i < tensors; i++) {
    const tensor = reader.text();
    let elements = 1;
    for (let dimensions = reader.u32(); dimensions > 0; dimensions--) elements *= reader.u64();
    reader.u32();
    const offset = reader.u64();
    if (offset > fileBytes)
      throw new NotGguf(`tensor "${tensor}" offset+size (${offset}) exceeds file size (${fileBytes})`);
    parameters += elements;
  }
  return parameters;
}

class Reader {
  readonly #file: Buffer;
  #at: number;

  constructor(file: Buffer, at: number) {
    this.#file = file;
    this.#at = at;
  }

  u32(): number {
    return this.#file.readUInt32LE(this.#take(4));
  }

  u64(): number {
    return Number(this.#file.readBigUInt64LE(this.#take(8)));
  }

  text(): string {
    const length = this.u64();
    const from = this.#take(length);
    return this.#file.toString("utf8", from, from + length);
  }

  value(type: number): unknown {
    const file = this.#file;
    switch (type) {
      case 0:
        return file.readUInt8(this.#take(1));
      case 1:
        return file.readInt8(this.#take(1));
      case 2:
        return file.readUInt16LE(this.#take(2));
      case 3:
        return file.readInt16LE(this.#take(2));
      case 4:
        return this.u32();
      case 5:
        return file.readInt32LE(this.#take(4));
      case 6:
        return Number(file.readFloatLE(this.#take(4)).toPrecision(7));
      case 7:
        return file.readUInt8(this.#take(1)) !== 0;
      case 8:
        return this.text();
      case 9: {
        const of = this.u32();
        return Array.from({ length: this.u64() }, () => this.value(of));
      }
      case 10:
        return this.u64();
      case 11:
        return Number(file.readBigInt64LE(this.#take(8)));
      case 12:
        return file.readDoubleLE(this.#take(8));
      default:
        throw new NotGguf(`invalid type: ${type}`);
    }
  }

  #take(bytes: number): number {
    const from = this.#at;
    if (from + bytes > this.#file.length) throw new NotGguf("EOF");
    this.#at += bytes;
    return from;
  }
}
