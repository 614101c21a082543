/**
 * What was answered before, with its tag: asked again with the tag, GitHub says "not modified" and does not count it. In memory
 * and bounded, for whatever was forgotten is only read once more.
 */

export interface Remembered {
  readonly etag: string;
  /** Already in our own shape, without what is not used. */
  readonly value: unknown;
  readonly hasNext: boolean;
  /** How many items it holds. */
  readonly weight: number;
}

/** Items in all answers together; one takes some 300 bytes. */
export const rememberedItemsMax = 50_000;

export class Etags {
  readonly #answers = new Map<string, Remembered>();
  #weight = 0;

  get(key: string): Remembered | undefined {
    const found = this.#answers.get(key);
    if (!found) return undefined;
    // The latest used is at the end.
    this.#answers.delete(key);
    this.#answers.set(key, found);
    return found;
  }

  set(key: string, answer: Remembered): void {
    this.delete(key);
    this.#answers.set(key, answer);
    this.#weight += answer.weight;
    for (const oldest of this.#answers.keys()) {
      if (this.#weight <= rememberedItemsMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#weight -= this.#answers.get(key)?.weight ?? 0;
    this.#answers.delete(key);
  }
}
