/** Named indexes of a store: value → keys, kept as objects come, change and go. */

import type { KubeObject } from "./resource.ts";

/** Name of an index → the values under which an object is found; none leaves it out. */
export type IndexFunctions<T extends KubeObject> = Readonly<Record<string, (object: Readonly<T>) => readonly string[]>>;

export class Indexes<T extends KubeObject> {
  readonly #functions: IndexFunctions<T>;
  readonly #report: (error: unknown) => void;
  readonly #keys = new Map<string, Map<string, Set<string>>>();
  readonly #valuesOf = new Map<string, Map<string, readonly string[]>>();

  constructor(functions: IndexFunctions<T>, report: (error: unknown) => void) {
    this.#functions = functions;
    this.#report = report;
    for (const name of Object.keys(functions)) {
      this.#keys.set(name, new Map());
      this.#valuesOf.set(name, new Map());
    }
  }

  keys(index: string, value: string): readonly string[] {
    return [...(this.#of(index).get(value) ?? [])];
  }

  values(index: string): readonly string[] {
    return [...this.#of(index).keys()];
  }

  put(key: string, object: T): void {
    this.remove(key);
    for (const [index, valuesOf] of Object.entries(this.#functions)) {
      const values = this.#evaluate(valuesOf, object);
      this.#valuesOf.get(index)?.set(key, values);
      const keys = this.#of(index);
      for (const value of values) {
        const set = keys.get(value);
        if (set) set.add(key);
        else keys.set(value, new Set([key]));
      }
    }
  }

  remove(key: string): void {
    for (const [index, valuesOf] of this.#valuesOf) {
      for (const value of valuesOf.get(key) ?? []) {
        const set = this.#of(index).get(value);
        set?.delete(key);
        if (set?.size === 0) this.#of(index).delete(value);
      }
      valuesOf.delete(key);
    }
  }

  #of(index: string): Map<string, Set<string>> {
    const keys = this.#keys.get(index);
    if (!keys)
      throw new TypeError(`no index ${JSON.stringify(index)}; there are: ${[...this.#keys.keys()].join(", ")}`);
    return keys;
  }

  /** An object that an index function cannot read is left out of that index alone. */
  #evaluate(valuesOf: (object: Readonly<T>) => readonly string[], object: T): readonly string[] {
    try {
      return valuesOf(object);
    } catch (error) {
      this.#report(error);
      return [];
    }
  }
}
