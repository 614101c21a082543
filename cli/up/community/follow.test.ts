import { describe, expect, test } from "vitest";
import { modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { followToReady } from "./follow.ts";
import { memoryClient } from "./memory-client.fixture.ts";

const ref = { namespace: "default", name: "smollm2" };
type Said = [type: string, status: string, reason: string, message?: string, observedGeneration?: number];

function world(patienceMs = 30_000) {
  const clock = new ManualClock(0);
  const client = memoryClient();
  const stop = new AbortController();
  const news: string[] = [];
  let outcome: unknown;
  const say = (conditions: Said[], status: object = {}): void => {
    const shown = conditions.map(([type, status, reason, message = "", observedGeneration = 2]) => ({
      type,
      status,
      reason,
      message,
      observedGeneration,
    }));
    const object = { metadata: { ...ref, generation: 2 }, spec: {}, status: { ...status, conditions: shown } };
    client.objects.set(`${modelDeployments.plural}/default/smollm2`, object as never);
  };
  const begin = (): void => {
    const options = { clock, deadlineMs: 600_000, patienceMs, signal: stop.signal };
    followToReady(client, ref, (text) => news.push(text), options).then(
      () => {
        outcome = "ready";
      },
      (error: Error) => {
        outcome = error.message;
      },
    );
  };
  return { clock, client, stop, news, say, begin, outcome: () => outcome };
}

const unreachable: Said[] = [
  ["Resolved", "False", "RegistryUnreachable"],
  ["Ready", "False", "RegistryUnreachable", "registry.ollama.ai does not answer; asked again in 20 s"],
];

describe("a deployment that is followed", () => {
  test("is done when it is Ready for its present generation", async () => {
    const { clock, say, begin, outcome } = world();
    say([["Ready", "True", "EveryReplicaReady", "", 1]]);
    begin();
    await clock.advance(5_000);
    expect(outcome()).toBeUndefined();
    say([["Ready", "True", "EveryReplicaReady"]]);
    await clock.advance(200);
    expect(outcome()).toBe("ready");
    expect(clock.pending).toBe(0);
  });

  test("is done when it answers, though a second replica has no machine", async () => {
    const { clock, say, begin, outcome } = world();
    const short: Said = ["Ready", "False", "NoFurtherHost", "1 of 2 replicas placed"];
    const placed: Said = ["Placed", "False", "NoFurtherHost", "1 of 2 replicas placed"];
    say([short, placed, ["Available", "True", "Answers", "", 1]]);
    begin();
    await clock.advance(1_000);
    expect(outcome()).toBeUndefined();
    say([short, placed, ["Available", "True", "Answers"]]);
    await clock.advance(200);
    expect(outcome()).toBe("ready");
  });

  test("tells what it is at with every look", async () => {
    const { clock, say, begin, news, stop } = world();
    const pulling: Said[] = [["ModelPulled", "False", "Pulling"]];
    say(pulling, { state: "Pulling", progress: "41 %" });
    begin();
    await clock.advance(1_000);
    say(pulling, { state: "Pulling", progress: "42 %" });
    await clock.advance(1_000);
    expect([...new Set(news)]).toEqual(["Pulling 41 %", "Pulling 42 %"]);
    stop.abort();
  });

  test("that is held up says why at once, and is given up after the patience", async () => {
    const { clock, say, begin, news, outcome } = world();
    say(unreachable, { state: "Resolving" });
    begin();
    await clock.advance(29_000);
    expect([...new Set(news)]).toEqual(["Resolving: registry.ollama.ai does not answer; asked again in 20 s"]);
    expect(outcome()).toBeUndefined();
    await clock.advance(2_000);
    expect(outcome()).toBe("smollm2 cannot be served: registry.ollama.ai does not answer; asked again in 20 s");
    expect(clock.pending).toBe(0);
  });

  test("that goes on in between has the whole patience again", async () => {
    const { clock, say, begin, outcome } = world();
    say(unreachable);
    begin();
    await clock.advance(29_000);
    say([["Resolved", "False", "Resolving"]]);
    await clock.advance(29_000);
    say(unreachable);
    await clock.advance(29_000);
    expect(outcome()).toBeUndefined();
  });

  test.each<[string, Said[]]>([
    ["the way onto the host", [["ModelPulled", "False", "Pulling"]]],
    ["what an older generation was held up by", [["Resolved", "False", "RegistryUnreachable", "", 1]]],
    ["nothing at all", []],
  ])("has the whole deadline for %s", async (_, conditions) => {
    const { clock, say, begin, outcome } = world();
    say(conditions);
    begin();
    await clock.advance(599_000);
    expect(outcome()).toBeUndefined();
    await clock.advance(2_000);
    expect(outcome()).toBe("smollm2 is not ready after 600 s: the operator has not looked at it yet");
  });

  test("that only a change can help is given up at once, with the operator's words", async () => {
    const { clock, say, begin, outcome } = world();
    say([
      ["Stalled", "True", "ModelNotFound"],
      ["Ready", "False", "ModelNotFound", "the registry has no such model"],
    ]);
    begin();
    await clock.advance(0);
    expect(outcome()).toBe("smollm2 cannot be served: the registry has no such model");
  });

  test("that is deleted meanwhile is no longer waited for", async () => {
    const { clock, client, say, begin, outcome } = world();
    say([]);
    begin();
    await clock.advance(0);
    client.objects.clear();
    await clock.advance(300);
    expect(outcome()).toBe("default/smollm2 was deleted while it was waited for");
  });

  test("is left at once when the person stops", async () => {
    const { clock, say, begin, stop, outcome } = world();
    say([]);
    begin();
    await clock.advance(300);
    stop.abort(new Error("stopped by SIGINT"));
    await clock.advance(0);
    expect(outcome()).toBe("stopped by SIGINT");
    expect(clock.pending).toBe(0);
  });
});
