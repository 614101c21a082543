import { describe, expect } from "vitest";
import { leave, onDisk, placed, put, revision, stranger } from "../../test/hosts/placed.ts";
import { eventually, test } from "../../test/hosts/test.ts";
import { hostFinalizer } from "../apis/group.ts";
import { servedName } from "../models/names.ts";

describe("what is ours", () => {
  test("is written down, held by a finalizer, and told apart from a stranger's", async ({ community }) => {
    const ollama = await community.ollama();
    put(ollama, stranger);
    const host = await community.host("a", ollama.url);
    const operator = await community.operator();
    const { base, served, uid, key } = await placed(community, host, ollama);
    const object = await eventually("both seen", async () => {
      const read = await community.readHost(host);
      return read?.status?.modelCount === 2 && read;
    });
    expect(object.status?.made).toEqual([
      { model: served, deployment: key, uid },
      { model: base, deployment: key, uid },
    ]);
    expect(object.status?.models?.find((model) => model.name === stranger)).toMatchObject({ ours: false });
    expect(object.metadata.finalizers).toEqual([hostFinalizer]);
    expect(operator.directory.get(host)?.placement.models.filter(({ ours }) => ours)).toHaveLength(2);
  });
});

describe("a removal", () => {
  test("is written down at once, carried out, and told", async ({ community }) => {
    const ollama = await community.ollama();
    put(ollama, stranger);
    const host = await community.host("a", ollama.url);
    const operator = await community.operator();
    const { directory } = operator;
    const { base, served, uid, key } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await leave(community, operator, host, { base, served });
    const removals = [served, base].map((model) => ({ model, deployment: key, uid }));
    expect(await directory.removals.enqueue(host, removals)).toBe(true);
    await directory.removals.settled(uid);
    expect([served, base, stranger].map((name) => onDisk(ollama, name))).toEqual([false, false, true]);
    await community.writeReplicas("chat", []);
    await eventually("forgotten", async () => {
      const status = (await community.readHost(host))?.status;
      return status?.removals === undefined && status?.made === undefined;
    });
    await eventually("told", async () => (await community.events(host)).includes("ModelRemoved"));
  });

  test("from a host that is away is kept, blocks nobody, and is done on its return, also by another operator", async ({
    community,
  }) => {
    const ollama = await community.ollama();
    put(ollama, stranger);
    const host = await community.host("a", ollama.url);
    const first = await community.operator();
    const { base, served, uid, key } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await ollama.stop();
    await eventually("away", () => first.directory.get(host)?.reachable === false);
    await community.deleteDeployment("chat");
    await eventually("known to be gone", () => first.deployments.get(key) === undefined);
    const removals = [served, base].map((model) => ({ model, deployment: key, uid }));
    expect(await first.directory.removals.enqueue(host, removals)).toBe(true);
    expect(await first.directory.removals.settled(uid)).toBe(true);
    expect((await community.readHost(host))?.status?.removals?.map(({ model }) => model).sort()).toEqual(
      [served, base].sort(),
    );
    await first.stop();

    const second = await community.operator();
    expect(
      second.directory.removals
        .pending(host)
        .map(({ model }) => model)
        .sort(),
    ).toEqual([served, base].sort());
    await eventually(
      "waits",
      async () => (await community.condition(host, "RemovalsPending"))?.reason === "WaitingForHost",
    );
    await ollama.start();
    await eventually("clean", () => !onDisk(ollama, served) && !onDisk(ollama, base));
    expect(onDisk(ollama, stranger)).toBe(true);
    await eventually("forgotten", async () => (await community.readHost(host))?.status?.removals === undefined);
  });

  test("is never lost when two operators write at once", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    const one = await community.operator();
    const { base, served, uid, key } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    const other = await community.operator();
    await eventually("both see it", () => one.directory.get(host)?.ready && other.directory.get(host)?.ready);
    await ollama.stop();
    await eventually("away", () => [one, other].every(({ directory }) => directory.get(host)?.reachable === false));
    await community.deleteDeployment("chat");
    await eventually("known to be gone", () =>
      [one, other].every(({ deployments }) => deployments.get(key) === undefined),
    );
    await Promise.all([
      one.directory.removals.enqueue(host, [{ model: served, deployment: key, uid }]),
      other.directory.removals.enqueue(host, [{ model: base, deployment: key, uid }]),
    ]);
    const written = (await community.readHost(host))?.status?.removals ?? [];
    expect(written.map(({ model }) => model).sort()).toEqual([served, base].sort());
  });

  test("that a host refuses is tried again, and says why meanwhile", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    const operator = await community.operator();
    const { directory } = operator;
    const { base, served, uid, key } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await leave(community, operator, host, { base, served });
    const mend = ollama.faults.add("/api/delete", { kind: "answer", status: 500, body: { error: "disk is sulking" } });
    await directory.removals.enqueue(host, [{ model: served, deployment: key, uid }]);
    const said = await eventually("failed", async () => {
      const found = await community.condition(host, "RemovalsPending");
      return found?.reason === "RemovalFailed" && found;
    });
    expect(said.message).toMatch(/disk is sulking/);
    mend();
    await eventually("gone", () => !onDisk(ollama, served));
    await directory.removals.settled(uid);
    expect(onDisk(ollama, base)).toBe(true);
  });

  test("is not begun by an operator that was frozen past its lease", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    let leads = true;
    const operator = await community.operator({ mayAct: () => leads });
    const { base, served, uid, key } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await leave(community, operator, host, { base, served });
    leads = false;
    const removals = [{ model: served, deployment: key, uid }];
    await operator.directory.removals.enqueue(host, removals);
    const pending = async () => (await community.condition(host, "RemovalsPending"))?.message;
    await eventually("held back", async () => (await pending())?.includes("no longer leads"));
    expect(onDisk(ollama, served)).toBe(true);
    leads = true;
    await eventually("gone", () => !onDisk(ollama, served));
  });

  test("of a name that a deployment wants again is dropped", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    const { served, uid, key } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    expect(await directory.removals.enqueue(host, [{ model: served, deployment: key, uid }])).toBe(true);
    expect(directory.removals.pending()).toEqual([]);
    await directory.refresh(host);
    expect(onDisk(ollama, served)).toBe(true);
  });

  test("of a stranger's model is never done, whoever asks", async ({ community }) => {
    const ollama = await community.ollama();
    put(ollama, stranger);
    const foreign = servedName({ uid: "another installation", name: "chat" }, revision);
    put(ollama, foreign);
    const host = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    const { uid, key } = await placed(community, host, ollama);
    const removals = [stranger, foreign].map((model) => ({ model, deployment: key, uid }));
    expect(await directory.removals.enqueue(host, removals)).toBe(true);
    await directory.removals.settled(uid);
    await directory.refresh(host);
    expect([stranger, foreign].map((name) => onDisk(ollama, name))).toEqual([true, true]);
    expect(ollama.requests.filter(({ path }) => path === "/api/delete")).toEqual([]);
  });

  test("for a ModelHost that does not exist is no work", async ({ community }) => {
    const { directory } = await community.operator();
    const removal = { model: "commonhold/x", deployment: "a/b", uid: "c" };
    expect(await directory.removals.enqueue("nobody", [removal])).toBe(false);
  });
});

describe("a name that nobody wants", () => {
  test("is collected where it is written down that we made it, and only told where it is not", async ({
    community,
  }) => {
    const ollama = await community.ollama();
    const foreign = servedName({ uid: "another installation", name: "chat" }, revision);
    put(ollama, foreign);
    const host = await community.host("a", ollama.url);
    await community.operator();
    const { base, served } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    // The deployment goes and nobody hands its names over: its finalizer was taken away by hand.
    await community.deleteDeployment("chat");
    await eventually("collected", () => !onDisk(ollama, served) && !onDisk(ollama, base));
    await eventually("told", async () => (await community.events(host)).includes("OrphanFound"));
    expect(onDisk(ollama, foreign)).toBe(true);
    expect(await community.condition(host, "UnknownModels")).toMatchObject({
      status: "True",
      message: expect.stringContaining(foreign),
    });
  });
});
