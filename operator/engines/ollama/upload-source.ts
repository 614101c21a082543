/** The bytes of an upload on their way: keeps the source's own failure apart, and ends the source for sure. */
import type { CallTimer } from "../call-timer.ts";

export class UploadSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #timer: CallTimer;
  #ended = false;
  failed = false;
  failure: unknown;

  constructor(bytes: AsyncIterable<Uint8Array>, timer: CallTimer) {
    this.#iterator = bytes[Symbol.asyncIterator]();
    this.#timer = timer;
  }

  /** Asked for the next piece only when the socket took the one before. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    while (!this.#ended && !this.#timer.signal.aborted) {
      this.#timer.heard();
      const next = await this.#next();
      this.#timer.heard();
      if (next.done) return;
      yield next.value;
    }
  }

  /** Not awaited: a source that waits for its next piece ends only when that came, and an abort must not wait for it. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#iterator.return?.().catch(() => undefined);
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const next = await this.#iterator.next();
      if (next.done) this.#ended = true;
      return next;
    } catch (error) {
      this.#ended = true;
      this.failed = true;
      this.failure = error;
      throw error;
    }
  }
}
