import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhooks } from "@octokit/webhooks";
import { afterEach, describe, expect, test } from "vitest";
import { start } from "../github.fixture.ts";

interface Received {
  readonly event: string;
  readonly id: string;
  readonly isSigned: boolean;
  readonly payload: Record<string, unknown>;
}

const secret = "It's a Secret to Everybody";
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Takes webhooks, and looks at their signature as a receiver would. */
async function receiver(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const verifier = new Webhooks({ secret });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const header = (name: string): string => String(request.headers[name] ?? "");
    const signature = header("x-hub-signature-256");
    const isSigned = signature !== "" && (await verifier.verify(body, signature));
    const about = { event: header("x-github-event"), id: header("x-github-delivery"), isSigned };
    received.push({ ...about, payload: JSON.parse(body) as Record<string, unknown> });
    response.writeHead(isSigned ? 202 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, received };
}

describe("webhooks", () => {
  test("tell what happened, in order, signed", async () => {
    const { double } = await start();
    const { url, received } = await receiver();
    double.webhooks.listen(url);
    const { number, head } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    const review = await double.as("bob").approve(number);
    const comment = await double.as("carol").comment(number, "/abstain");
    await double.as("carol").editComment(comment, "/abstain after all");
    await double.as("root").dismissReview(number, review.id);
    const merged = await double.as("root").merge(number);
    expect(received).toEqual([]);
    await double.webhooks.deliver();
    expect(received.map(({ event, payload }) => [event, payload["action"]])).toEqual([
      ["push", undefined],
      ["pull_request", "opened"],
      ["pull_request_review", "submitted"],
      ["issue_comment", "created"],
      ["issue_comment", "edited"],
      ["pull_request_review", "dismissed"],
      ["push", undefined],
      ["pull_request", "closed"],
    ]);
    expect(received.every(({ isSigned }) => isSigned)).toBe(true);
    expect(received[2]?.payload).toMatchObject({
      review: { state: "approved", commit_id: head, user: { login: "bob" } },
      sender: { login: "bob" },
      installation: { id: double.installation.id },
    });
    expect(received[6]?.payload).toMatchObject({ ref: "refs/heads/main", after: merged, forced: false });
    expect(received[7]?.payload).toMatchObject({ pull_request: { merged: true, merge_commit_sha: merged } });
  });

  test("have what was true when it happened", async () => {
    const { double } = await start();
    double.webhooks.listen();
    const { number } = await double.as("alice").propose("First title", { "a.txt": "1\n" });
    await double.as("alice").edit(number, { title: "Second title" });
    const titles = double.webhooks.queue.flatMap(({ event, body }) =>
      event === "pull_request" ? [(JSON.parse(body) as { pull_request: { title: string } }).pull_request.title] : [],
    );
    expect(titles).toEqual(["First title", "Second title"]);
  });

  test("can be lost, doubled, turned round and sent again", async () => {
    const { double } = await start();
    const { url, received } = await receiver();
    double.webhooks.listen(url);
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    await double.as("bob").approve(number);
    expect(double.webhooks.drop(({ event }) => event === "push")).toBe(1);
    double.webhooks.double(({ event }) => event === "pull_request_review");
    double.webhooks.reverse();
    const [first] = await double.webhooks.deliver({ count: 1 });
    expect(first?.status).toBe(202);
    await double.webhooks.deliver();
    expect(received.map(({ event }) => event)).toEqual(["pull_request_review", "pull_request_review", "pull_request"]);
    expect(received[0]?.id).toBe(received[1]?.id);
    if (first) await double.webhooks.send(first.delivery);
    expect(received.at(-1)?.id).toBe(received[0]?.id);
  });

  test("can be signed with another secret, or not at all", async () => {
    const { double } = await start();
    const { url, received } = await receiver();
    double.webhooks.listen(url);
    await double.as("alice").push("one", { "a.txt": "1\n" });
    await double.as("alice").push("two", { "a.txt": "2\n" });
    const wrong = await double.webhooks.deliver({ count: 1, secret: "an old one" });
    const none = await double.webhooks.deliver({ secret: null });
    expect([...wrong, ...none].map(({ status }) => status)).toEqual([401, 401]);
    expect(received.map(({ isSigned }) => isSigned)).toEqual([false, false]);
  });

  test("can go out by themselves", async () => {
    const { double } = await start();
    const { url, received } = await receiver();
    double.webhooks.listen(url, { automatic: true });
    await double.as("alice").push("one", { "a.txt": "1\n" });
    await double.webhooks.settle();
    expect(received.map(({ event }) => event)).toEqual(["push"]);
  });

  test("to nobody are not repeated: GitHub tries once", async () => {
    const { double } = await start();
    double.webhooks.listen("http://127.0.0.1:1/hooks");
    await double.as("alice").push("one", { "a.txt": "1\n" });
    expect(await double.webhooks.deliver()).toMatchObject([{ status: undefined }]);
    expect(double.webhooks.queue).toEqual([]);
  });

  test("are only of what the App subscribed to, where it is installed", async () => {
    const { double } = await start();
    double.webhooks.listen();
    await double.as("carol").fork();
    await double.as("carol", "carol/policy").push("main", { "a.txt": "1\n" });
    double.admin.uninstall();
    await double.as("alice").push("one", { "a.txt": "1\n" });
    expect(double.webhooks.queue).toEqual([]);
  });
});
