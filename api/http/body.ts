/**
 * Reading bodies: bytes only, within a bound. What a body is called (`content-type`) does not matter, because Ollama reads every body
 * as JSON and its users' `curl -d` says that it is a form; compressed ones are refused, because a small one can become a huge one.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { gatewayError } from "../errors.ts";
import type { Settings } from "../settings.ts";

export function acceptBytes(app: FastifyInstance, settings: Pick<Settings, "bodyBytesMax" | "bodiesBytesMax">): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, function keepBytes(_request, body, done) {
    done(null, body);
  });
  app.addHook("preParsing", reserveBytes(settings));
  app.addHook("preParsing", async function refuseEncoded(request: FastifyRequest) {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") throw gatewayError("body_encoded", { encoding });
  });
}

/**
 * Bodies are held until their answer ends (another host may have to be asked), so many large ones together could fill the memory:
 * they share one bound. A body whose length is not told counts as the largest that is allowed.
 */
function reserveBytes({ bodyBytesMax, bodiesBytesMax }: Pick<Settings, "bodyBytesMax" | "bodiesBytesMax">) {
  let heldBytes = 0;
  return async function reserve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { "content-length": told, "transfer-encoding": chunked } = request.headers;
    const bytes = chunked === undefined ? Math.min(Number(told ?? 0), bodyBytesMax) : bodyBytesMax;
    if (bytes === 0) return;
    if (heldBytes + bytes > bodiesBytesMax) throw gatewayError("gateway_full", {}, { retryAfterS: 1 });
    heldBytes += bytes;
    reply.raw.once("close", () => {
      heldBytes -= bytes;
    });
  };
}

const empty = Buffer.alloc(0);

/** The body that was read; a request without one has an empty one. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : empty;
}
