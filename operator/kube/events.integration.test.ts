import { describe, expect } from "vitest";
import { eventually, installWidgets, test, widget, widgets } from "../../test/kube-faults/test.ts";
import { ManualClock } from "../clock/manual.ts";
import { systemClock } from "../clock/system.ts";
import { events, type KubeEvent, namespaces } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { createEventRecorder, type EventInput, type EventRecorderOptions } from "./events.ts";

const pulled: EventInput = { type: "Normal", reason: "Pulled", action: "Pull", note: "the model is here" };

function recorderOver(client: KubeClient, options: Partial<EventRecorderOptions> = {}) {
  const clock = new ManualClock(systemClock.now());
  const errors: unknown[] = [];
  const recorder = createEventRecorder({
    client,
    clock,
    controller: "example.org/kube-tests",
    instance: "worker-1",
    onError: (error) => errors.push(error),
    ...options,
  });
  return { clock, errors, recorder };
}

async function eventsIn(client: KubeClient, namespace: string): Promise<KubeEvent[]> {
  return (await client.list(events, { namespace })).items;
}

describe("events", () => {
  test("what was added is sent at commit, in the form that kubectl shows", async ({ client, namespace, kubectl }) => {
    await installWidgets(client);
    const object = await client.create(widgets, widget(namespace, "a"));
    const batch = recorderOver(client).recorder.batch(object);
    batch.add(pulled);
    batch.add({ type: "Warning", reason: "Slow", action: "Pull", note: "2 of 5 GiB in an hour\u001b[31m" });
    expect(await eventsIn(client, namespace)).toEqual([]);
    await batch.commit();
    expect((await eventsIn(client, namespace)).map(({ reason, regarding }) => [reason, regarding.uid])).toEqual(
      expect.arrayContaining([
        ["Pulled", object.metadata.uid],
        ["Slow", object.metadata.uid],
      ]),
    );
    // The server tells of a new kind some time after it serves it.
    const show = () => kubectl(["events", "--for", "widget.faults.example.org/a"]).catch(() => undefined);
    const shown = await eventually("kubectl knows the kind", show);
    expect(shown).toMatch(/Normal\s+Pulled\s+Widget\/a\s+the model is here/);
    expect(shown).toMatch(/Warning\s+Slow\s+Widget\/a\s+2 of 5 GiB in an hour/);
  });

  test("a discarded batch sends nothing, and a committed one nothing twice", async ({ client, namespace }) => {
    const object = (await client.get(namespaces, { name: namespace }))!;
    const { recorder } = recorderOver(client);
    const failed = recorder.batch({ ...object, metadata: { ...object.metadata, namespace } });
    failed.add(pulled);
    failed.discard();
    await failed.commit();
    expect(await eventsIn(client, namespace)).toEqual([]);
    failed.add(pulled);
    await failed.commit();
    await failed.commit();
    const [event, ...others] = await eventsIn(client, namespace);
    expect([event?.reason, event?.series, others]).toEqual(["Pulled", undefined, []]);
  });

  test("the same again is counted on the first; another note is another event", async ({ client, namespace }) => {
    await installWidgets(client);
    const object = await client.create(widgets, widget(namespace, "a"));
    const { clock, recorder, errors } = recorderOver(client);
    const say = async (note = pulled.note): Promise<void> => {
      const batch = recorder.batch(object);
      batch.add({ ...pulled, note });
      await batch.commit();
    };
    for (let i = 0; i < 5; i++) await say();
    const [event] = await eventsIn(client, namespace);
    expect(event?.series?.count).toBe(2); // the third to fifth wait for the next write of the series
    await clock.advance(60_000);
    await say();
    await say("another one is here");
    const sent = await eventsIn(client, namespace);
    expect(sent.map(({ note, series }) => [note, series?.count]).sort()).toEqual([
      ["another one is here", undefined],
      ["the model is here", 6],
    ]);
    expect(errors).toEqual([]);
  });

  test("a series whose event has expired begins anew", async ({ client, namespace }) => {
    await installWidgets(client);
    const object = await client.create(widgets, widget(namespace, "a"));
    const { recorder } = recorderOver(client);
    const say = async (): Promise<void> => {
      const batch = recorder.batch(object);
      batch.add(pulled);
      await batch.commit();
    };
    await say();
    const [first] = await eventsIn(client, namespace);
    await client.remove(events, first!.metadata);
    await say();
    const [second] = await eventsIn(client, namespace);
    expect(second && second.metadata.name !== first?.metadata.name && second.series === undefined).toBe(true);
  });

  test("an object over its budget is silent and the caller told; others still speak", async ({ client, namespace }) => {
    await installWidgets(client);
    const [noisy, quiet] = [
      await client.create(widgets, widget(namespace, "noisy")),
      await client.create(widgets, widget(namespace, "quiet")),
    ];
    const { recorder, errors } = recorderOver(client, { burst: 3 });
    for (let i = 0; i < 10; i++) {
      const batch = recorder.batch(noisy);
      batch.add({ ...pulled, note: `note ${i}` });
      await batch.commit();
    }
    const batch = recorder.batch(quiet);
    batch.add(pulled);
    await batch.commit();
    expect((await eventsIn(client, namespace)).map(({ regarding }) => regarding.name).sort()).toEqual([
      "noisy",
      "noisy",
      "noisy",
      "quiet",
    ]);
    expect(errors).toHaveLength(7);
  });

  test("events that cannot be sent are reported and never thrown; the next one of a kind is tried again", async ({
    client,
    clientFor,
    httpProxy,
    namespace,
  }) => {
    await installWidgets(client);
    const object = await client.create(widgets, widget(namespace, "a"));
    const { recorder, errors } = recorderOver(clientFor(httpProxy));
    httpProxy.inject({ match: () => true, act: { respond: 500 } });
    for (let i = 0; i < 2; i++) {
      const batch = recorder.batch(object);
      batch.add(pulled);
      await batch.commit();
    }
    expect(errors).toMatchObject([{ status: 500 }]);
    await eventually("the second one is there", async () => (await eventsIn(client, namespace)).length === 1);
  });

  test("an event about a cluster-wide object is accepted", async ({ client, namespace }) => {
    const object = (await client.get(namespaces, { name: namespace }))!;
    const { recorder, errors } = recorderOver(client);
    const batch = recorder.batch(object);
    batch.add(pulled);
    await batch.commit();
    expect(errors).toEqual([]);
    const all = await eventsIn(client, "default");
    expect(all.filter(({ regarding }) => regarding.name === namespace)).toHaveLength(1);
  });
});
