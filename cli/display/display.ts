/** How a verb tells what it is doing. Three forms: a terminal that a person watches, plain lines, JSON lines for programs. */
export interface Display {
  /** Begins a step; the one before should have ended. */
  step(title: string): Step;
  /** Text of a model's answer, as it streams in. Printable text and line ends only. */
  answer(text: string): void;
  /** The answer is complete. */
  answerDone(facts: Readonly<Record<string, string | number>>): void;
  /** Lines for the person, shown as they are. */
  lines(lines: readonly string[]): void;
  /** Facts for programs: the JSON form prints them, the others do not. */
  facts(facts: Readonly<Record<string, unknown>>): void;
  /** Why it ended badly, and what to do. */
  failure(error: unknown): void;
}

export interface Step {
  /** What it is at right now; may come often and say the same again, the display shows as much as is good for a reader. */
  update(text: string): void;
  done(result: string): void;
}

/** Where a display writes: a stream, and whether a person sees it live. */
export interface Output {
  write(text: string): void;
  isTerminal: boolean;
  columns(): number;
}
