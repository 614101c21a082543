/** A refusal with the status and words that GitHub gives. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** As in the body's `errors`. */
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    words: string,
    options: { errors?: readonly unknown[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(options.errors ? `${words}: ${JSON.stringify(options.errors)}` : words);
    this.words = words;
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  /** `message` of the body. */
  readonly words: string;
}

export const notFound = (): Refusal => new Refusal(404, "Not Found");

/** `Validation Failed` with GitHub's form of the reason. */
export function invalid(resource: string, problem: { field?: string; message?: string; code?: string }): Refusal {
  return new Refusal(422, "Validation Failed", { errors: [{ resource, code: "custom", ...problem }] });
}
