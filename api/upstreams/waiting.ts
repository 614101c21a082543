/** Who waits for a place, per deployment, in order of arrival. Empty queues are forgotten. */

export interface Waiter {
  /** Looks whether there is a place now. True: it was served or refused, and leaves the queue. */
  look(): boolean;
}

export class Waiting {
  readonly #queues = new Map<string, readonly Waiter[]>();

  length(deployment: string): number {
    return this.#queues.get(deployment)?.length ?? 0;
  }

  lengths(): Iterable<readonly [deployment: string, waiting: number]> {
    return [...this.#queues].map(([deployment, queue]) => [deployment, queue.length] as const);
  }

  /** `first`: before everybody who waits already. */
  add(deployment: string, waiter: Waiter, first: boolean): void {
    const queue = this.#queues.get(deployment) ?? [];
    this.#keep(deployment, first ? [waiter, ...queue] : [...queue, waiter]);
  }

  remove(deployment: string, waiter: Waiter): void {
    this.#keep(
      deployment,
      (this.#queues.get(deployment) ?? []).filter((other) => other !== waiter),
    );
  }

  /**
   * Everybody looks, the first first. All do, not only the first: one member's own device may be free for them while
   * those before them wait for another host.
   */
  wake(deployment: string): void {
    const queue = this.#queues.get(deployment) ?? [];
    this.#keep(
      deployment,
      queue.filter((waiter) => !waiter.look()),
    );
  }

  wakeAll(): void {
    for (const deployment of [...this.#queues.keys()]) this.wake(deployment);
  }

  #keep(deployment: string, queue: readonly Waiter[]): void {
    if (queue.length > 0) this.#queues.set(deployment, queue);
    else this.#queues.delete(deployment);
  }
}
