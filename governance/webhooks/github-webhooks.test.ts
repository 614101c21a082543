import { createHmac } from "node:crypto";
import { Webhooks } from "@octokit/webhooks";
import fc from "fast-check";
import Fastify, { type FastifyInstance } from "fastify";
import { describe, expect, test } from "vitest";
import { runs } from "../../test/runs.ts";
import { githubWebhooks, type WebhookHint, webhookPath } from "./github-webhooks.ts";
import type { WebhookOutcome } from "./outcome.ts";
import { rememberedMax } from "./recently-seen.ts";

const secret = "the present secret";
const other = "the next secret";
const body = JSON.stringify({ action: "opened", repository: { id: 4242 }, number: 7 });

interface Received {
  readonly app: FastifyInstance;
  readonly woken: WebhookHint[];
  readonly counted: WebhookOutcome[];
}

function receiver(secrets: readonly [string] | readonly [string, string] = [secret], bodyBytesMax = 1_000): Received {
  const [woken, counted]: [WebhookHint[], WebhookOutcome[]] = [[], []];
  const app = Fastify();
  const options = { secrets, bodyBytesMax, wake: (hint: WebhookHint) => woken.push(hint) };
  app.register(githubWebhooks({ ...options, count: (outcome) => counted.push(outcome) }));
  return { app, woken, counted };
}

const signed = (payload: string, key = secret): string => {
  return `sha256=${createHmac("sha256", key).update(payload).digest("hex")}`;
};

function deliver(
  { app }: Received,
  payload: string | Buffer,
  signature: string | undefined,
  headers: Record<string, string> = {},
) {
  return app.inject({
    method: "POST",
    url: webhookPath,
    payload,
    headers: {
      "content-type": "application/json",
      "x-github-event": "pull_request",
      "x-github-delivery": "d-1",
      ...(signature !== undefined && { "x-hub-signature-256": signature }),
      ...headers,
    },
  });
}

describe("a notice", () => {
  test("that is signed is answered at once and wakes the service", async () => {
    const here = receiver();
    const answer = await deliver(here, body, signed(body));
    expect(answer.statusCode).toBe(202);
    expect(here.woken).toEqual([{ event: "pull_request", delivery: "d-1", repository: 4242 }]);
    expect(here.counted).toEqual(["accepted"]);
  });

  test("signed as GitHub's own library signs is taken", async () => {
    const here = receiver();
    expect((await deliver(here, body, await new Webhooks({ secret }).sign(body))).statusCode).toBe(202);
  });

  test.each([
    ["the present secret", secret],
    ["the next secret", other],
  ])("signed with %s is taken while both are valid", async (_, key) => {
    const here = receiver([secret, other]);
    expect((await deliver(here, body, signed(body, key))).statusCode).toBe(202);
    expect(here.woken).toHaveLength(1);
  });

  test("about no repository wakes too", async () => {
    const here = receiver();
    await deliver(here, `{"zen":"x"}`, signed(`{"zen":"x"}`));
    expect(here.woken).toEqual([{ event: "pull_request", delivery: "d-1" }]);
  });

  const large = JSON.stringify({ filler: "x".repeat(2_000) });
  test.each<[string, string | Buffer, string | undefined, Record<string, string>, number, WebhookOutcome]>([
    ["without a signature", body, undefined, {}, 401, "unsigned"],
    ["with an empty signature", body, "", {}, 401, "unsigned"],
    ["signed with another secret", body, signed(body, "a guess"), {}, 401, "forged"],
    ["signed with the old secret after the change", body, signed(body, "the old secret"), {}, 401, "forged"],
    ["with a signature of another body", body, signed("{}"), {}, 401, "forged"],
    ["with a signature cut short", body, signed(body).slice(0, -1), {}, 401, "forged"],
    ["with a signature in capital letters", body, signed(body).toUpperCase(), {}, 401, "forged"],
    ["with a signature of the old kind only", body, undefined, { "x-hub-signature": "sha1=00" }, 401, "unsigned"],
    ["with an empty body", "", signed("x"), {}, 401, "forged"],
    ["whose bytes are no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), signed("{}"), {}, 401, "forged"],
    ["that is no JSON, and not signed", "{", undefined, {}, 401, "unsigned"],
    ["that is no JSON", "{", signed("{"), {}, 400, "malformed"],
    ["that is JSON, but a list", "[]", signed("[]"), {}, 400, "malformed"],
    ["that is JSON, but nothing", "null", signed("null"), {}, 400, "malformed"],
    ["over the limit", large, signed(large), {}, 413, "tooLarge"],
    ["over the limit, and not signed", large, undefined, {}, 413, "tooLarge"],
    [
      "as a form",
      `payload=${encodeURIComponent(body)}`,
      signed(body),
      { "content-type": "application/x-www-form-urlencoded" },
      415,
      "wrongType",
    ],
    ["as plain text", body, signed(body), { "content-type": "text/plain" }, 415, "wrongType"],
  ])("%s is refused, and changes nothing", async (_, payload, signature, headers, status, outcome) => {
    const here = receiver();
    const answer = await deliver(here, payload, signature, headers);
    expect([answer.statusCode, here.woken, here.counted]).toEqual([status, [], [outcome]]);
  });

  test("that is refused is not told whether a signature was missing or wrong", async () => {
    const here = receiver();
    const answers = [await deliver(here, body, undefined), await deliver(here, body, signed(body, "a guess"))];
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
  });

  test("delivered again, also under another id, is taken and wakes nobody", async () => {
    const here = receiver();
    await deliver(here, body, signed(body));
    const again = await deliver(here, body, signed(body));
    const replayed = await deliver(here, body, signed(body), { "x-github-delivery": "d-2" });
    expect([again.statusCode, replayed.statusCode, here.woken.length]).toEqual([202, 202, 1]);
    expect(here.counted).toEqual(["accepted", "repeated", "repeated"]);
  });

  test("is remembered for a while only: the memory is bounded", async () => {
    const here = receiver();
    await deliver(here, body, signed(body));
    for (let at = 0; at < rememberedMax; at++) {
      const next = `{"at":${at}}`;
      await deliver(here, next, signed(next));
    }
    await deliver(here, body, signed(body));
    expect(here.counted.at(-1)).toBe("accepted");
  });

  test("cannot bring its headers to a terminal", async () => {
    const here = receiver();
    await deliver(here, body, signed(body), {
      "x-github-event": "push\u009b31m",
      "x-github-delivery": "x".repeat(500),
    });
    expect(here.woken[0]?.event).toBe("push\\x9b31m");
    expect(here.woken[0]?.delivery).toHaveLength(100);
  });

  test("whatever bytes come, only what is signed wakes", async () => {
    const here = receiver();
    const bytes = fc.uint8Array({ maxLength: 60 }).map((list) => Buffer.from(list));
    await fc.assert(
      fc.asyncProperty(bytes, fc.string({ maxLength: 80 }), async (payload, signature) => {
        const answer = await deliver(here, payload, signature.replace(/[^!-~]/g, ""));
        expect(answer.statusCode).toBe(401);
      }),
      runs(100),
    );
    expect(here.woken).toEqual([]);
  });
});

test("an empty secret is refused at the start: with it anybody could sign", () => {
  expect(() => githubWebhooks({ secrets: [secret, ""], wake: () => {}, count: () => {} })).toThrow(
    "a webhook secret is empty",
  );
});

test("a fault of our own is no refusal", async () => {
  const app = Fastify();
  const wake = (): never => {
    throw new Error("a fault");
  };
  app.register(githubWebhooks({ secrets: [secret], wake, count: () => {} }));
  const answer = await deliver({ app, woken: [], counted: [] }, body, signed(body));
  expect(answer.statusCode).toBe(500);
});
