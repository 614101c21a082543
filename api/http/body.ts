/**
 * Reading bodies: bytes only, within a bound. What a body is called (`content-type`) does not matter, because Ollama reads every body
 * as JSON and its users' `curl -d` says that it is a form; compressed ones are refused, because a small one can become a huge one.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { gatewayError } from "../errors.ts";

export function acceptBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, function keepBytes(_request, body, done) {
    done(null, body);
  });
  app.addHook("preParsing", async function refuseEncoded(request: FastifyRequest) {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") throw gatewayError("body_encoded", { encoding });
  });
}

const empty = Buffer.alloc(0);

/** The body that was read; a request without one has an empty one. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : empty;
}
