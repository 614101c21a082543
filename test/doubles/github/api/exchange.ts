/** One request and its answer on the wire, with the fault that a test put in its way. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../../operator/clock/clock.ts";
import type { Fault } from "./faults.ts";

export interface Wire {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
  readonly fault: Fault | undefined;
  readonly #signal: AbortSignal;

  constructor(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined) {
    this.request = request;
    this.response = response;
    this.url = new URL(request.url ?? "/", "http://double");
    this.method = request.method ?? "GET";
    this.fault = fault;
    const abort = new AbortController();
    this.#signal = abort.signal;
    response.on("close", () => abort.abort(new Error("the client left")));
    response.on("error", () => undefined);
  }

  /** Enacts what happens before the request is looked at; `true` where nothing is left to answer. */
  async broken(clock: Clock): Promise<boolean> {
    const { fault } = this;
    switch (fault?.kind) {
      case "hang":
        await new Promise<void>((resolve) => this.response.on("close", resolve));
        return true;
      case "close":
        this.request.socket.destroy();
        return true;
      case "slow":
        await clock.sleep(fault.delayMs, this.#signal).catch(() => undefined);
        return this.#signal.aborted;
      case "status": {
        const isPage = fault.body === undefined;
        const body = isPage ? `<html><body>${fault.status}</body></html>` : JSON.stringify(fault.body);
        const type = isPage ? "text/html; charset=utf-8" : "application/json; charset=utf-8";
        this.#send({ status: fault.status, headers: { "content-type": type }, body });
        return true;
      }
      default:
        return false;
    }
  }

  async body(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  answer(wire: Wire): void {
    if (this.fault?.kind === "lost") this.request.socket.destroy();
    else if (this.fault?.kind === "cut") this.#cut(wire);
    else this.#send(wire);
  }

  #send({ status, headers, body }: Wire): void {
    this.response.sendDate = false;
    this.response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
    this.response.end(body);
  }

  #cut({ status, headers, body }: Wire): void {
    this.response.sendDate = false;
    this.response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
    // What was written goes out first: the client has seen it when the connection ends.
    this.response.write(body.slice(0, Math.floor(body.length / 2)), () => this.response.socket?.destroySoon());
  }
}
