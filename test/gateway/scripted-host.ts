/**
 * A host whose every answer a test scripts, byte by byte: for torn frames, resets and silences that a faithful double of Ollama
 * would not produce. It says what reached it, and when its client left.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly response: ServerResponse;
  /** Resolves when the connection closed before the answer's end. */
  readonly left: Promise<void>;
}

export type Script = (asked: Asked) => void | Promise<void>;

export interface ScriptedHost {
  readonly url: string;
  readonly asked: Asked[];
  /** Resolves with the `index`th request, counted from 0, when its body is there. */
  request(index: number): Promise<Asked>;
  script: Script;
  /** Connections that are open now. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** With `tls` it speaks https. */
export async function scriptedHost(script: Script = answerOnce, tls?: ServerOptions): Promise<ScriptedHost> {
  const asked: Asked[] = [];
  const waiting: (() => void)[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const left = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (!response.writableFinished) resolve();
      });
    });
    void textOf(request).then((text) => {
      const one: Asked = {
        path: request.url ?? "",
        headers: request.headers,
        text,
        json: parsed(text),
        response,
        left,
      };
      asked.push(one);
      for (const wake of waiting.splice(0)) wake();
      void host.script(one);
    }, ignore);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on("tlsClientError", ignore);
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const host: ScriptedHost = {
    url: "",
    asked,
    script,
    async request(index) {
      while (asked.length <= index) await new Promise<void>((resolve) => waiting.push(resolve));
      return asked[index]!;
    },
    connections: () => new Promise((resolve, reject) => server.getConnections((e, n) => (e ? reject(e) : resolve(n)))),
    stop,
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(stop);
  return Object.assign(host, {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
}

/** One short answer in one piece. */
export function answerOnce({ response }: Asked): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end('{"message":{"role":"assistant","content":"hello"},"done":true,"prompt_eval_count":3,"eval_count":1}');
}

/** Sends these chunks one after another, each flushed on its own. */
export function answerChunks(contentType: string, chunks: readonly (string | Buffer)[]): Script {
  return async ({ response }) => {
    response.writeHead(200, { "content-type": contentType });
    for (const chunk of chunks) {
      response.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };
}

function ignore(): void {
  // The client ended it: a test asks for that.
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): Record<string, unknown> {
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
