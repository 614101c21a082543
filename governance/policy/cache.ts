/**
 * What was read before. Git names a blob by its content, so what was read from it is true for ever: after one changed file
 * only that file is read again.
 */
import type { Parsed } from "../constitution/documents/problem.ts";
import { bytesKeptMax } from "./limits.ts";
import type { Policy } from "./policy.ts";
import type { FileContent } from "./read-file.ts";

export class PolicyCache {
  /** By `readingKey`. */
  readonly #readings = new Bounded<Parsed<FileContent>>();
  /** By tree and namespaces. */
  readonly #policies = new Bounded<Parsed<Policy>>();

  reading(key: string): Parsed<FileContent> | undefined {
    return this.#readings.get(key);
  }

  policy(key: string): Parsed<Policy> | undefined {
    return this.#policies.get(key);
  }

  keepReading(key: string, reading: Parsed<FileContent>, bytes: number): void {
    this.#readings.set(key, reading, bytes);
  }

  /** `bytes`: of all its files together. */
  keepPolicy(key: string, policy: Parsed<Policy>, bytes: number): void {
    this.#policies.set(key, policy, bytes);
  }
}

/** What even the smallest value takes. */
const overheadBytes = 512;

/** The values used last, as many as fit; the one used longest ago first. */
class Bounded<T> {
  readonly #kept = new Map<string, { readonly value: T; readonly bytes: number }>();
  #bytes = 0;

  get(key: string): T | undefined {
    const found = this.#kept.get(key);
    if (!found) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.value;
  }

  set(key: string, value: T, contentBytes: number): void {
    const bytes = contentBytes + overheadBytes;
    this.#drop(key);
    this.#kept.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= bytesKeptMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const found = this.#kept.get(key);
    if (!found) return;
    this.#kept.delete(key);
    this.#bytes -= found.bytes;
  }
}
