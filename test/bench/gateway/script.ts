/**
 * What the mock upstream is to do travels in the prompt, the one place that every proxy hands on untouched; and what it did travels
 * back in the answer's text. So no variant needs to know that it is being measured.
 */

export interface Script {
  /** Pieces of text of a streamed answer. */
  readonly chunks: number;
  /** Milliseconds between two of them. */
  readonly everyMs: number;
  /** Milliseconds of silence before the headers. */
  readonly holdMs: number;
  /** Under which the upstream remembers when its client left; empty: it does not. */
  readonly id: string;
}

export const plain: Script = { chunks: 1, everyMs: 0, holdMs: 0, id: "" };

const mark = "bench ";

export function promptOf(script: Script): string {
  return mark + JSON.stringify(script);
}

/** A prompt of somebody else is answered at once, in one piece. */
export function scriptIn(prompt: unknown): Script {
  if (typeof prompt !== "string" || !prompt.startsWith(mark)) return plain;
  return { ...plain, ...(JSON.parse(prompt.slice(mark.length)) as Partial<Script>) };
}

/** A chat as a client with a system prompt and a short history sends it: about a kilobyte. */
export function requestBody(model: string, stream: boolean, script: Script): string {
  return JSON.stringify({
    model,
    stream,
    temperature: 0,
    max_tokens: 256,
    messages: [
      { role: "system", content: "You answer in one short sentence. ".repeat(12).trim() },
      { role: "user", content: "Which of the two came first, and how do we know? ".repeat(4).trim() },
      { role: "assistant", content: "The first one did; the records of the time name it twice. ".repeat(3).trim() },
      { role: "user", content: promptOf(script) },
    ],
  });
}

/** Microseconds of a clock that all processes of a machine share. Process-relative clocks could not be compared. */
export function sharedClockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
