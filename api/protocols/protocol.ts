/**
 * What a protocol has to say to the rest: the form of its errors, and its routes as data. Everything between (who asks, which
 * host, streaming, cancelling) knows no protocol. A further one (Anthropic's, OpenAI's responses) is a folder beside these.
 */
import type { z } from "zod";
import type { GenerationParameters } from "../../operator/apis/model-deployment.ts";
import type { GatewayError } from "../errors.ts";
import type { Scope } from "../members/authenticate.ts";

export interface Protocol {
  readonly name: "openai" | "ollama";
  /** The body of a refusal, before any byte of an answer. */
  errorBody(error: GatewayError): unknown;
}

/** A request for tokens or vectors, in our words, but for the body's text, which still is the client's own. */
export interface InferenceRequest {
  /** As the client wrote it. */
  readonly model: string;
  /** Of the body. */
  readonly text: string;
  /** Whether the client expects a stream; the answer's own content type decides how errors are sent. */
  readonly stream: boolean;
}

export interface InferenceRoute {
  readonly protocol: Protocol;
  readonly method: "POST";
  readonly path: string;
  /** The path on the host. */
  readonly upstreamPath: string;
  readonly scope: Scope;
  readonly summary: string;
  /** Loose: what it does not name passes through unchanged. */
  readonly schema: z.ZodType<{ model: string; stream?: boolean | null | undefined }>;
  /** What a request without `stream` means. */
  readonly streamsByDefault: boolean;
  /** Members that the host needs to be told where the client leaves them out, for the deployment's parameters to hold. */
  defaults?(parameters: GenerationParameters): Readonly<Record<string, number>>;
}
