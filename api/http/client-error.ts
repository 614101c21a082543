/** Connections whose bytes are no request: Node tells of them before there is one. They get a coded answer and are closed. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type GatewayError, gatewayError } from "../errors.ts";
import { openai } from "../protocols/openai/routes.ts";

export const headerBytesMax = 16 * 1024;

export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  // A reset connection has nobody to tell.
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const coded = codedError(error);
  const body = JSON.stringify(openai.errorBody(coded));
  const head = [
    `HTTP/1.1 ${coded.status} ${STATUS_CODES[coded.status]}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

function codedError(error: NodeJS.ErrnoException): GatewayError {
  if (error.code === "HPE_HEADER_OVERFLOW") return gatewayError("headers_too_large", { bytesMax: headerBytesMax });
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return gatewayError("request_timeout", {});
  return gatewayError("malformed_http", { problem: error.code ?? "unknown" }, { cause: error });
}
