/** A refusal with the status and words that Ollama gives. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/** The client went away: there is nobody left to answer. */
export class ClientLeft extends Error {
  override readonly name = "ClientLeft";
}

export const notFound = (name: string): Refused => new Refused(404, `model '${name}' not found`);
