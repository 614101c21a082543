/** One request and its answer on a double, with the fault that a test put in its way. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { Fault } from "./faults.ts";
import { ClientLeft, Refused } from "./refused.ts";

export class Exchange {
  readonly request: IncomingMessage;
  readonly path: string;
  /** Aborts when the client leaves before the answer is whole. */
  readonly signal: AbortSignal;
  readonly #response: ServerResponse;
  readonly #fault: Fault | undefined;
  #lines = 0;

  constructor(request: IncomingMessage, response: ServerResponse, path: string, fault: Fault | undefined) {
    this.request = request;
    this.path = path;
    this.#response = response;
    this.#fault = fault;
    const abort = new AbortController();
    this.signal = abort.signal;
    response.on("close", () => {
      if (!response.writableFinished) abort.abort(new ClientLeft());
    });
    response.on("error", () => undefined);
  }

  /** Enacts what happens before the first byte; `true` where nothing is left to answer. */
  async broken(clock: Clock): Promise<boolean> {
    const fault = this.#fault;
    switch (fault?.kind) {
      case "hang":
        await this.#never();
        return true;
      case "close":
        this.#response.destroy();
        return true;
      case "answer": {
        const body = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body);
        this.#head(fault.status, fault.contentType ?? "application/json; charset=utf-8");
        this.#response.end(body);
        return true;
      }
      case "slow":
        await clock.sleep(fault.delayMs, this.signal);
        return false;
      default:
        return false;
    }
  }

  /** The body as JSON; refuses as gin's binding does. */
  async body(): Promise<Record<string, unknown>> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (text === "") throw new Refused(400, "missing request body");
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      throw new Refused(400, `invalid character '${text[0]}' looking for beginning of value`);
    }
    throw new Refused(400, "json: cannot unmarshal into Go value");
  }

  /** A whole answer. */
  async json(status: number, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    if (this.#midway === undefined) {
      this.#head(status, "application/json; charset=utf-8");
      this.#response.end(text);
      return;
    }
    this.#response.setHeader("content-length", Buffer.byteLength(text));
    this.#head(status, "application/json; charset=utf-8");
    await this.#write(text.slice(0, Math.ceil(text.length / 2)));
    await this.#breakOff();
  }

  empty(status: number): void {
    this.#response.writeHead(status, { "content-length": "0" }).end();
  }

  text(status: number, body: string): void {
    this.#head(status, "text/plain");
    this.#response.end(body);
  }

  /** One piece of a streamed answer; the head goes out with the first. */
  async piece(text: string, contentType = "application/x-ndjson"): Promise<void> {
    if (this.signal.aborted) throw new ClientLeft();
    if (!this.#response.headersSent) this.#head(200, contentType);
    if (this.#midway === this.#lines) await this.#breakOff();
    this.#lines++;
    await this.#write(text);
  }

  line(value: unknown): Promise<void> {
    return this.piece(`${JSON.stringify(value)}\n`);
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  async end(): Promise<void> {
    if (this.#midway !== undefined && this.#midway <= this.#lines && this.#response.headersSent) await this.#breakOff();
    if (!this.#response.writableEnded) this.#response.end();
  }

  get #midway(): number | undefined {
    return this.#fault && "afterLines" in this.#fault ? this.#fault.afterLines : undefined;
  }

  async #breakOff(): Promise<never> {
    const fault = this.#fault;
    if (fault?.kind === "hang-midway") {
      this.#response.flushHeaders();
      await this.#never();
    }
    // What was written goes out first: the client has seen it when the connection ends.
    if (fault?.kind === "close-midway") this.#response.socket?.destroySoon();
    else if (fault?.kind === "error-midway") this.#response.end(`${JSON.stringify({ error: fault.error })}\n`);
    else this.#response.end();
    throw new ClientLeft();
  }

  #head(status: number, contentType: string): void {
    this.#response.writeHead(status, { "content-type": contentType });
  }

  #write(text: string): Promise<void> | undefined {
    if (this.#response.write(text)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off("drain", done).off("close", done);
        resolve();
      };
      this.#response.once("drain", done).once("close", done);
    });
  }

  /** Until the client leaves, or the double is stopped. */
  #never(): Promise<void> {
    return new Promise((resolve) => {
      if (this.signal.aborted) return resolve();
      this.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
