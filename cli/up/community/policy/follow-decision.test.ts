import { describe, expect, test } from "vitest";
import { type Decision, type DecisionState, decisions } from "../../../../operator/apis/decision.ts";
import { ManualClock } from "../../../../operator/clock/manual.ts";
import { memoryClient } from "../memory-client.fixture.ts";
import { type Followed, followDecision } from "./follow-decision.ts";

const name = "git-0123456789ab";

function world({ isHopeless }: { isHopeless?: (decision: Decision) => boolean } = {}) {
  const client = memoryClient();
  const clock = new ManualClock(0);
  const news: string[] = [];
  let version = 0;
  let trouble: string | undefined;
  const put = (state: DecisionState, more: object = {}): void => {
    const metadata = { name, resourceVersion: String(++version) };
    client.objects.set(`${decisions.plural}/${name}`, { metadata, spec: {}, status: { state, ...more } } as never);
  };
  const follow = (...states: DecisionState[]): Promise<Followed> =>
    followDecision(client, name, states, {
      ...{ clock, patienceMs: 1_000, signal: new AbortController().signal, trouble: () => trouble },
      onNews: (text) => void (news.at(-1) === text || news.push(text)),
      ...(isHopeless && { isHopeless }),
    });
  const troubled = (text: string): void => {
    trouble = text;
  };
  return { clock, news, put, follow, troubled };
}

const condition = (type: string, message: string, reason = "X") =>
  [{ type, message, reason, status: "False" }] as unknown as NonNullable<Decision["status"]>["conditions"];

describe("a decision that is followed", () => {
  test("is given back when it is in one of the states", async () => {
    const { clock, put, follow } = world();
    const followed = follow("passed", "ratified");
    await clock.advance(500);
    put("open");
    await clock.advance(500);
    put("ratified");
    await clock.advance(500);
    expect(await followed).toMatchObject({ isThere: true, decision: { status: { state: "ratified" } } });
  });

  test("tells what it waits for, each as governance puts it", async () => {
    const { clock, news, put, follow } = world();
    const followed = follow("applied");
    await clock.advance(200);
    put("open", { reasons: ["Passes from 12:00 on.", "One vote is missing."] });
    await clock.advance(200);
    put("ratified", { conditions: condition("Held", "may be applied from 12:01 on") });
    await clock.advance(200);
    put("applying", { conditions: condition("Applied", "waits for ModelHost a: Unreachable") });
    await clock.advance(200);
    put("applied");
    await clock.advance(200);
    await followed;
    expect(news).toEqual([
      "governance has not looked at it yet",
      "Passes from 12:00 on. One vote is missing.",
      "timelock",
      "waits for ModelHost a: Unreachable",
    ]);
  });

  test("that does not move for longer than the patience is given up with what it waits for", async () => {
    const { clock, put, follow } = world();
    put("open", { reasons: ["One vote is missing."] });
    const followed = follow("passed");
    await clock.advance(900);
    put("open", { reasons: ["Another vote is missing."] });
    await clock.advance(900);
    await clock.advance(400);
    expect(await followed).toEqual({ isThere: false, why: "Another vote is missing." });
  });

  test("that governance never takes up is given up with governance's own trouble", async () => {
    const { clock, follow, troubled } = world();
    troubled("forge: the remote does not answer");
    const followed = follow("passed");
    await clock.advance(1_400);
    expect(await followed).toEqual({ isThere: false, why: "forge: the remote does not answer" });
  });

  test("that only a person can help is given up at once", async () => {
    const { put, follow } = world({ isHopeless: ({ status }) => status?.state === "applyFailed" });
    put("applyFailed", { conditions: condition("Applied", "the API server refuses it", "Refused") });
    expect(await follow("applied")).toEqual({ isThere: false, why: "the API server refuses it" });
  });
});
