/**
 * A queue in which everybody who waits has a turn: who was there goes to its end, who is new begins there, so that neither many nor
 * busy ones keep anybody out. What it remembers is an order; whoever loses it begins at the front.
 */
export class Turns {
  #queue: string[] = [];

  /**
   * One turn for each of these, in the order of the queue, until `mayGoOn` says no between two of them; one there always is. False
   * where some had none: the next call goes on with them.
   */
  async take(
    waiting: readonly string[],
    turn: (one: string) => Promise<void>,
    mayGoOn: () => boolean,
  ): Promise<boolean> {
    const here = new Set(waiting);
    const known = new Set(this.#queue);
    this.#queue = [...this.#queue.filter((one) => here.has(one)), ...waiting.filter((one) => !known.has(one))];
    for (let left = here.size; left > 0; left--) {
      const one = this.#queue.shift();
      if (one === undefined) break;
      // Before its turn: one that breaks everything off must not come first for ever.
      this.#queue.push(one);
      await turn(one);
      if (left > 1 && !mayGoOn()) return false;
    }
    return true;
  }
}
