/**
 * The life of one process. Every call of it that changes the world is an effect, counted by its name, and life can end at any of
 * them: before the call is made, or after it was carried out and before its answer came. From then on nothing gets out of it and
 * nothing gets in, as after a SIGKILL.
 */
import { setMaxListeners } from "node:events";

export type Moment = "before" | "after";

/** Whether life ends at this effect, the `index`th of it. */
export type Fate = (effect: string, index: number) => Moment | undefined;

export class Killed extends Error {
  override readonly name = "Killed";
}

export class Life {
  /** Every effect so far, in the order in which they began. */
  readonly effects: string[] = [];
  readonly #fate: Fate;
  readonly #isHardy: boolean;
  readonly #end = new AbortController();

  /** `isHardy`: what would have killed it is a failure of that one call, and life goes on. */
  constructor(fate: Fate = () => undefined, { isHardy = false } = {}) {
    this.#fate = fate;
    this.#isHardy = isHardy;
    // Everything of a life listens to its end.
    setMaxListeners(0, this.signal);
  }

  get isOver(): boolean {
    return this.#end.signal.aborted;
  }

  /** Aborts when life ends. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  async effect<T>(name: string, work: () => Promise<T>): Promise<T> {
    const moment = this.#begin(name);
    const answer = await work();
    this.#finish(name, moment);
    return answer;
  }

  /** Of a call that answers at once. */
  effectAtOnce<T>(name: string, work: () => T): T {
    const moment = this.#begin(name);
    const answer = work();
    this.#finish(name, moment);
    return answer;
  }

  /** The same object for this life. `changes`: which of its methods are effects, and how a call of each is named. */
  over<T extends object>(whole: T, changes: Readonly<Record<string, (...args: never[]) => string>>): T {
    return new Proxy(whole, {
      get: (target, name: string) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          const call = (): unknown => Reflect.apply(member, target, args);
          const nameOf = changes[name];
          if (nameOf) return this.effect(nameOf(...(args as never[])), async () => call());
          this.signal.throwIfAborted();
          return call();
        };
      },
    });
  }

  #begin(name: string): Moment | undefined {
    this.signal.throwIfAborted();
    const moment = this.#fate(name, this.effects.length);
    this.effects.push(name);
    if (moment === "before") this.#die(name);
    return moment;
  }

  #finish(name: string, moment: Moment | undefined): void {
    if (moment === "after") this.#die(name);
    // It ended at another effect meanwhile: the answer finds nobody.
    this.signal.throwIfAborted();
  }

  #die(name: string): never {
    if (this.#isHardy) throw new Error(`no answer to ${name}`);
    this.#end.abort(new Killed(`killed at ${name}`));
    throw this.signal.reason;
  }
}
