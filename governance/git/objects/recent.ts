/** Remembers what was read last, up to a weight; objects never change, so what is remembered stays true. */
export class Recent<Value> {
  readonly #weightMax: number;
  readonly #weightOf: (value: Value) => number;
  readonly #values = new Map<string, Value>();
  #weight = 0;

  constructor(weightMax: number, weightOf: (value: Value) => number) {
    this.#weightMax = weightMax;
    this.#weightOf = weightOf;
  }

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  /** Without counting as a use: for who looks at thousands. */
  peek(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#values.has(key)) return;
    this.#values.set(key, value);
    this.#weight += this.#weightOf(value);
    for (const [oldest, old] of this.#values) {
      if (this.#weight <= this.#weightMax) return;
      this.#values.delete(oldest);
      this.#weight -= this.#weightOf(old);
    }
  }
}
