/** What happens to machines and pods, while members go on asking. */
import OpenAI from "openai";
import { expect, test } from "vitest";
import { machine } from "./installation.ts";
import { killContainer } from "./kill-container.ts";
import type { Answered } from "./load.ts";
import { askers, failed, podsOf, rolledOut, type Story, whileAsked } from "./story.ts";

const gateway = "deployment/commonhold-gateway";
export function killedTests(story: Story): void {
  const { kubectl, question } = story;

  test("while a node is cordoned and a gateway on it goes, the others answer every question; then the place is taken again", async () => {
    await story.node().kubectl(["cordon", story.node().nodeName]);
    const [pod = ""] = await podsOf(story, "gateway");
    const answers = await whileAsked(story, () => kubectl("delete", `pod/${pod}`, "--wait=true", "--timeout=180s"));
    expect(failed(answers)).toEqual([]);
    const waiting = ["get", "pods", "-l", "app.kubernetes.io/name=gateway", "-o", "jsonpath={.items[*].status.phase}"];
    expect((await kubectl(...waiting)).split(" ").sort()).toEqual(["Pending", "Running"]);
    await story.node().kubectl(["uncordon", story.node().nodeName]);
    await rolledOut(story, gateway);
  });

  test("while the operator's pods are killed, every question is answered", async () => {
    const answers = await whileAsked(story, () =>
      kubectl("delete", "pod", "-l", "app.kubernetes.io/name=operator", "--force", "--grace-period=0"),
    );
    await rolledOut(story, "deployment/commonhold-operator");
    expect(failed(answers)).toEqual([]);
  });

  test("while a gateway's pod goes as pods are asked to, every question is answered", async () => {
    const [pod = ""] = await podsOf(story, "gateway");
    const answers = await whileAsked(story, () => kubectl("delete", `pod/${pod}`, "--wait=true", "--timeout=180s"));
    await rolledOut(story, gateway);
    expect(failed(answers)).toEqual([]);
  });

  test("while a gateway's pod is killed, no more fails than was under way on it, and what was cut off is seen to be", async () => {
    const [pod = ""] = await podsOf(story, "gateway");
    let goneAt = 0;
    const answers = await whileAsked(story, async () => {
      await kubectl("delete", `pod/${pod}`, "--force", "--grace-period=0");
      goneAt = performance.now();
    });
    await rolledOut(story, gateway);
    const lost = failed(answers);
    // Those begun later met a place that not every proxy of the cluster knew to be empty.
    expect(lost.filter(({ begun }) => begun < goneAt).length).toBeLessThanOrEqual(askers);
    // A killed process says nothing more: its connection breaks, and no client takes what came for an answer.
    expect(lost.filter(({ status }) => status !== 0)).toEqual([]);
  });

  test("while a gateway's process is killed, nothing that was cut off is taken for an answer, and the others go on", async ({
    annotate,
  }) => {
    const [pod = ""] = await podsOf(story, "gateway");
    let killedAt = 0;
    const answers = await whileAsked(story, async () => {
      killedAt = performance.now();
      await killContainer(story.node(), pod, "gateway");
      await restarted(pod);
    });
    const lost = failed(answers);
    expect(lost.filter(({ status }) => status !== 0)).toEqual([]);
    const lastMs = Math.max(0, ...lost.map(({ begun }) => begun - killedAt));
    await annotate(
      `a gateway's process killed: ${lost.length} of ${answers.length} questions failed, the last of them begun ${Math.round(lastMs)} ms after it`,
    );
  });

  test("while a gateway's process is killed, a client that tries again, as OpenAI's does, has every answer", async () => {
    // The other one: what was killed twice is started again only after a while.
    const [, pod = ""] = await podsOf(story, "gateway");
    const client = new OpenAI({ ...story.access(), maxRetries: 5 });
    const answers = await whileAsked({ question: (model = "mind") => askByClient(client, model) }, async () => {
      await killContainer(story.node(), pod, "gateway");
      await restarted(pod);
    });
    expect(failed(answers)).toEqual([]);
  });

  test("while Ollama's pod is killed, a question is answered or refused in words, and soon all are answered again", async () => {
    const answers = await whileAsked(story, async () => {
      await kubectl("delete", "pod", "-l", "app.kubernetes.io/name=ollama", "--force", "--grace-period=0");
      await rolledOut(story, `daemonset/commonhold-ollama-${machine}`);
    });
    for (const { status, text } of failed(answers)) {
      // A stream that had begun ends with the error as its last event.
      const words = status === 200 ? text.slice(text.lastIndexOf("data: {") + "data: ".length) : text;
      if (status !== 200) expect(status).toBeGreaterThanOrEqual(500);
      expect(JSON.parse(words.split("\n")[0] ?? "")).toMatchObject({
        error: { message: expect.any(String), code: expect.any(String) },
      });
    }
    // Each gateway finds out for itself that Ollama is back; so many questions, each over a connection of its own, reach all of them.
    const areAnswered = async (): Promise<boolean> => {
      for (let asked = 0; asked < 16; asked++) if ((await question()).status !== 200) return false;
      return true;
    };
    await expect.poll(areAnswered, { timeout: 90_000 }).toBe(true);
  });

  /** Resolves once the pod's container runs again, and is asked again. */
  async function restarted(pod: string): Promise<void> {
    await kubectl(
      "wait",
      `pod/${pod}`,
      "--for=jsonpath={.status.containerStatuses[0].lastState.terminated}",
      "--timeout=180s",
    );
    await kubectl("wait", `pod/${pod}`, "--for=condition=Ready", "--timeout=90s");
  }
}

async function askByClient(client: OpenAI, model: string): Promise<Answered> {
  const begun = performance.now();
  const messages = [{ role: "user" as const, content: "hello" }];
  const ended = (status: number, text: string, isWhole: boolean): Answered => ({
    ...{ begun, took: performance.now() - begun, status, text, isWhole },
  });
  try {
    const { choices } = await client.chat.completions.create({ model, messages, max_tokens: 8 });
    return ended(
      200,
      JSON.stringify(choices),
      choices.some(({ finish_reason }) => finish_reason !== null),
    );
  } catch (error) {
    return ended(0, String(error), false);
  }
}
