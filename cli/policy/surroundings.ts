import type { Clock } from "../../operator/clock/clock.ts";

/** What a verb has around it; tests give their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which it was called, whole. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Lines for the person. Whatever comes from outside is made printable before. */
  say(...lines: readonly string[]): void;
  /** A question with yes or no; undefined where nobody is there to answer. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
}
