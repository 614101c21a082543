/**
 * `POST /webhooks/github`: a notice that something may have changed. Nothing in it is believed: it only wakes the service,
 * which then reads everything anew, so a notice that is lost, doubled, late or out of order changes nothing. What is not
 * signed with a secret of ours does not even do that, and nothing of it is parsed.
 *
 *   size → content type → signature → JSON → seen before? → wake
 */
import { Webhooks } from "@octokit/webhooks";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { printable } from "../../operator/text/printable.ts";
import type { WebhookOutcome } from "./outcome.ts";
import { RecentlySeen } from "./recently-seen.ts";

export interface GithubWebhookOptions {
  /** The present one, and while it is changed the one before or after. */
  readonly secrets: readonly [string] | readonly [string, string];
  /** Called once per notice; must not throw. What it is for goes on after the answer. */
  readonly wake: (hint: WebhookHint) => void;
  readonly count: (outcome: WebhookOutcome) => void;
  /** Larger ones are not read: polling finds what they tell. Default 1 MiB; GitHub sends up to 25 MB. */
  readonly bodyBytesMax?: number;
}

/** For a log line; whoever is woken looks at everything. */
export interface WebhookHint {
  /** `pull_request`, `push`, … as far as it can be printed. */
  readonly event: string;
  readonly delivery: string;
  /** Number of the repository that it is about. */
  readonly repository?: number;
}

export const webhookPath = "/webhooks/github";
export const bodyBytesMaxDefault = 1024 * 1024;
const nameCharsMax = 100;

/** Throws a TypeError for an empty secret: with it anybody could sign. */
export function githubWebhooks(options: GithubWebhookOptions): FastifyPluginAsync {
  const { secrets, wake, count, bodyBytesMax = bodyBytesMaxDefault } = options;
  if (secrets.some((secret) => secret === "")) {
    throw new TypeError("a webhook secret is empty: set it to a long random text, the same as in the App's settings");
  }
  const verifiers = secrets.map((secret) => new Webhooks({ secret }));
  const seen = new RecentlySeen();
  return async function githubWebhookRoutes(app) {
    takeBytes(app);
    refuseInFewWords(app, count);
    app.post(webhookPath, { bodyLimit: bodyBytesMax }, async function receive(request, reply) {
      const body = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
      const signature = headerOf(request, "x-hub-signature-256");
      if (signature === "") return refuse(reply, count, "unsigned");
      if (!(await isOurs(verifiers, body, signature))) return refuse(reply, count, "forged");
      const about = repositoryOf(body);
      if (about === "malformed") return refuse(reply, count, "malformed");
      // Ids of deliveries are not signed, so whoever repeats a notice could change them; the signature stays the same.
      if (!seen.add(signature)) return accept(reply, count, "repeated");
      wake({
        event: printable(headerOf(request, "x-github-event"), nameCharsMax),
        delivery: printable(headerOf(request, "x-github-delivery"), nameCharsMax),
        ...(about.id !== undefined && { repository: about.id }),
      });
      return accept(reply, count, "accepted");
    });
  };
}

/** Bytes, and of one content type only: no parser of Fastify's own looks at them. */
function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, function keepBytes(_request, body, done) {
    done(null, body);
  });
}

/** What Fastify refuses before the route: too large, of another type, broken off. */
function refuseInFewWords(app: FastifyInstance, count: (outcome: WebhookOutcome) => void): void {
  app.setErrorHandler<Error & { statusCode?: number }>(function refuseEarly(error, _request, reply) {
    if (error.statusCode === 413) return refuse(reply, count, "tooLarge");
    if (error.statusCode === 415) return refuse(reply, count, "wrongType");
    if (error.statusCode !== undefined && error.statusCode < 500) return refuse(reply, count, "malformed");
    throw error;
  });
}

/** Tries every secret, whichever fits, in the same time; the comparison itself takes the same time for every signature. */
async function isOurs(verifiers: readonly Webhooks[], body: string, signature: string): Promise<boolean> {
  // The library takes no empty body.
  if (body === "") return false;
  const fits = await Promise.all(verifiers.map((verifier) => verifier.verify(body, signature)));
  return fits.includes(true);
}

function repositoryOf(body: string): { readonly id?: number } | "malformed" {
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    return "malformed";
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return "malformed";
  const { repository } = data as { repository?: { id?: unknown } | null };
  const id = repository?.id;
  return typeof id === "number" && Number.isSafeInteger(id) ? { id } : {};
}

const refusals = {
  unsigned: [401, "the signature is missing or wrong"],
  forged: [401, "the signature is missing or wrong"],
  tooLarge: [413, "the body is larger than is taken here; polling finds what it tells"],
  wrongType: [415, "send application/json: set it as the content type of the webhook"],
  malformed: [400, "the body is no JSON object"],
} as const satisfies Partial<Record<WebhookOutcome, readonly [number, string]>>;

function refuse(reply: FastifyReply, count: (outcome: WebhookOutcome) => void, outcome: keyof typeof refusals) {
  count(outcome);
  const [status, message] = refusals[outcome];
  return reply.code(status).send({ message });
}

function accept(reply: FastifyReply, count: (outcome: WebhookOutcome) => void, outcome: "accepted" | "repeated") {
  count(outcome);
  return reply.code(202).send({ message: "thanks" });
}

function headerOf(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}
