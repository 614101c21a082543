/** Reads what `npm start -- --once --json` prints: one JSON object a line, with what npm itself says between. */

export interface Event {
  readonly event: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly title?: string;
  readonly reason?: string;
}

export interface Step {
  readonly title: string;
  readonly ms: number;
}

export interface Start {
  /** From starting the command to the answer's first text. */
  readonly answeredMs: number;
  /** What it was spent on; the steps add up to `answeredMs`. */
  readonly steps: readonly Step[];
}

export function eventsIn(output: string): Event[] {
  return output.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      return [JSON.parse(line) as Event];
    } catch {
      return []; // a line of npm's, or one that was cut when the command was ended
    }
  });
}

const beforeSteps = "npm and Node, until the first step";
const betweenSteps = "between steps";
const answering = "question to first text";

/** Throws with the command's own reason when there was no answer. */
export function readStart(startedAtMs: number, events: readonly Event[]): Start {
  const answer = events.find(({ event }) => event === "answer");
  if (!answer) {
    const failed = events.find(({ event }) => event === "failed");
    throw new Error(`npm start gave no answer: ${failed?.reason ?? "it ended without a reason"}`);
  }
  const answeredMs = answer.at - startedAtMs;
  const begun = events.filter(({ event, at }) => event === "step" && at <= answer.at);
  const steps = begun.flatMap(({ title = "", at }) => {
    const done = events.find((other) => other.event === "done" && other.title === title && other.at >= at);
    return done ? [{ title, ms: done.at - at, endedAt: done.at }] : [];
  });
  const first: Step = { title: beforeSteps, ms: (begun[0]?.at ?? answer.at) - startedAtMs };
  const last: Step = { title: answering, ms: answer.at - (steps.at(-1)?.endedAt ?? answer.at) };
  const named = [first, ...steps.map(({ title, ms }) => ({ title, ms })), last];
  const rest = answeredMs - named.reduce((sum, { ms }) => sum + ms, 0);
  return { answeredMs, steps: rest === 0 ? named : [...named, { title: betweenSteps, ms: rest }] };
}
