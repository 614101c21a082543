/**
 * A queue of keys for workers, with the promises of client-go's work queue:
 *
 * - fair: keys come out in the order in which they went in;
 * - stingy: a key added many times before it is taken comes out once, and is never with two workers at a time;
 * - a key added while it is being worked on comes out once more, after that work is done;
 * - after `shutDown` nothing goes in, what waits comes out, and then workers are told to end.
 *
 * It keeps them with a list (what waits, in order) and two sets: dirty (wants work) and processing (is being worked on).
 */

export class KeyedQueue {
  readonly #waiting: string[] = [];
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #drainers: (() => void)[] = [];
  #shutDown = false;

  /** How many keys wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** How many keys are with workers. */
  get processing(): number {
    return this.#processing.size;
  }

  get isShutDown(): boolean {
    return this.#shutDown;
  }

  add(key: string): void {
    if (this.#shutDown || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** The next key, when there is one; undefined once the queue is shut down and empty. Each key needs its `done`. */
  take(): Promise<string | undefined> {
    const key = this.#waiting.shift();
    if (key !== undefined) {
      this.#begin(key);
      return Promise.resolve(key);
    }
    if (this.#shutDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** The work on a key has ended, well or badly. */
  done(key: string): void {
    if (!this.#processing.delete(key)) throw new Error(`done(${JSON.stringify(key)}) without take`);
    if (this.#dirty.has(key)) this.#offer(key);
    this.#settle();
  }

  /** Nothing more goes in; keys that wait, and those added while they are worked on, still come out. */
  shutDown(): void {
    this.#shutDown = true;
    this.#settle();
  }

  /** `shutDown`, and what waits is dropped: only the work under way remains. */
  shutDownNow(): void {
    this.#waiting.length = 0;
    this.#dirty.clear();
    this.shutDown();
  }

  /** Resolves when the queue is shut down and no work waits or is under way. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drainers.push(resolve);
      this.#settle();
    });
  }

  #offer(key: string): void {
    const taker = this.#takers.shift();
    if (!taker) {
      this.#waiting.push(key);
      return;
    }
    this.#begin(key);
    taker(key);
  }

  #begin(key: string): void {
    this.#dirty.delete(key);
    this.#processing.add(key);
  }

  #settle(): void {
    if (!this.#shutDown || this.#waiting.length > 0) return;
    // A key added while it is worked on comes out at its `done`: until then a worker must stay to take it.
    if (this.#dirty.size === 0) for (const taker of this.#takers.splice(0)) taker(undefined);
    if (this.#processing.size === 0) for (const drained of this.#drainers.splice(0)) drained();
  }
}
