/** `npm start`, as a newcomer runs it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminClient } from "../../cli/up/community/admin-client.ts";
import { type Decision, decisions } from "../../operator/apis/decision.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { markVariable, processesMarked } from "../control-plane/parent.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { root } from "./world.ts";

const state = join(scratchDirectory("start"), "state");

interface Event {
  event: string;
  title?: string;
  text?: string;
  reason?: string;
  result?: string;
  url?: string;
  policy?: string;
}

const smollm2 = { name: "smollm2", namespace: "community" };
const patience = { timeout: 60_000, interval: 200 };

function start(args: readonly string[], mark: string, directory = state) {
  mkdirSync(directory, { recursive: true });
  const child: ChildProcess = spawn(
    process.execPath,
    ["cli/commonhold.mjs", "up", "--json", "--state", directory, ...args],
    {
      cwd: root,
      env: { ...process.env, [markVariable]: mark, OLLAMA_HOST: "" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const events: Event[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => {
    events.push(JSON.parse(line));
    for (const wake of waiting.splice(0)) wake();
  });
  const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  const untilAny = async (isIt: (event: Event) => boolean): Promise<Event> => {
    for (;;) {
      const found = events.find(isIt);
      if (found) return found;
      const ended = await Promise.race([
        exited.then(() => true),
        new Promise<false>((resolve) => waiting.push(() => resolve(false))),
      ]);
      if (ended && !events.some(isIt)) throw new Error(`ended too early: ${JSON.stringify(events.slice(-5))}`);
    }
  };
  const until = (name: string): Promise<Event> => untilAny(({ event }) => event === name);
  return { child, events, until, untilAny, exited };
}

/** Steps by which a first start, or one with another address, is decided. */
const deciding = ["proposal", "vote", "merge", "verified", "timelock", "model", "applied"];

const titles = (events: readonly Event[]): (string | undefined)[] =>
  events.filter(({ event }) => event === "step").map(({ title }) => title);

const resultOf = (events: readonly Event[], title: string): string | undefined =>
  events.find((event) => event.event === "done" && event.title === title)?.result;

const said = (events: readonly Event[]): string =>
  events
    .filter(({ event }) => event === "answer")
    .map(({ text }) => text)
    .join("");

test("a first start with --once is decided in the open, answers with the real model, exits 0 and leaves nothing running", async () => {
  const mark = `once-${process.pid}`;
  const { events, exited } = start(["--once"], mark);
  expect(await exited).toBe(0);
  expect(said(events)).toContain("Paris");
  expect(titles(events).slice(-8, -1)).toEqual(deciding);
  expect(resultOf(events, "proposal")).toContain("Add this-machine and serve smollm2");
  expect(resultOf(events, "vote")).toBe("1 of 1 in favour; class routine, quorum 1 of 1 (cast)");
  expect(resultOf(events, "verified")).toMatch(/is ratified, record \d+ of the decision log$/);
  await expect.poll(() => processesMarked(mark)).toEqual([]);
});

describe("a start that stays", () => {
  const mark = `stay-${process.pid}`;
  let running: ReturnType<typeof start>;
  let env: Record<string, string>;
  let admin: ReturnType<typeof adminClient>;
  let ready: Event;

  beforeAll(async () => {
    running = start([], mark);
    ready = await running.until("ready");
    const lines = readFileSync(join(state, "env"), "utf8").trim().split("\n");
    env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    admin = adminClient(env["KUBECONFIG"]!, systemClock);
  });
  afterAll(async () => {
    running.child.kill("SIGKILL");
    await admin?.stop();
  });

  const model = async () => (await admin.client.get<ModelDeployment>(modelDeployments, smollm2))?.spec;
  const commonhold = async (cwd: string, ...args: string[]): Promise<string> => {
    const cache = { XDG_CACHE_HOME: join(state, "../cache") };
    const program = join(root, "cli/commonhold.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
      cwd,
      env: { ...process.env, ...env, ...cache },
    });
    return stdout;
  };

  test("proposes nothing when nothing differs", () => {
    expect(resultOf(running.events, "proposal")).toMatch(/^none/);
    expect(titles(running.events)).not.toContain("vote");
  });

  test("writes its settings for other tools", async () => {
    expect(Object.keys(env)).toEqual([
      "KUBECONFIG",
      "COMMONHOLD_URL",
      "COMMONHOLD_API_KEY",
      "OLLAMA_HOST",
      "COMMONHOLD_POLICY",
      "COMMONHOLD_MEMBER_KEY",
    ]);
    expect(ready).toMatchObject({ url: env["COMMONHOLD_URL"], policy: env["COMMONHOLD_POLICY"] });
    for (const file of [join(state, "env"), env["COMMONHOLD_MEMBER_KEY"]!])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(env["KUBECONFIG"]!)).toBe(true);
    const models = await fetch(`${env["COMMONHOLD_URL"]}/v1/models`, {
      headers: { authorization: `Bearer ${env["COMMONHOLD_API_KEY"]}` },
    });
    expect(JSON.stringify(await models.json())).toContain("smollm2");
  });

  test("shows what was decided, and everybody can check the log of it", async () => {
    const { items } = await admin.client.list<Decision>(decisions);
    expect(items.map(({ spec, status }) => [spec.title, status?.class, status?.tally?.summary, status?.state])).toEqual(
      [["Add this-machine and serve smollm2", "routine", "1-0-0", "applied"]],
    );
    expect(await commonhold(state, "log", "verify")).toContain("is whole");
    await commonhold(state, "log", "replay");
  });

  test("refuses what nobody decided, also to an administrator", async () => {
    const change = admin.client.patch(modelDeployments, smollm2, { spec: { context: 2048 } });
    await expect(change).rejects.toThrow("only a decision of the community may change it. Open a proposal");
    const free = { metadata: { name: "free", namespace: "default" }, spec: { model: { ollama: "none" } } };
    await admin.client.create(modelDeployments, free as never, { dryRun: true });
  });

  test("brings into force what is proposed, voted for and merged from another terminal", async () => {
    const clone = join(state, "../clone");
    await promisify(execFile)("git", ["clone", "--quiet", env["COMMONHOLD_POLICY"]!, clone]);
    const file = join(clone, "models/smollm2.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("context: 4096", "context: 2048"));
    const label = /^Proposal ([0-9a-f]{8}): A smaller context$/m;
    const proposal = label.exec(await commonhold(clone, "propose", "-m", "A smaller context"))?.[1] ?? "";
    await commonhold(clone, "vote", proposal, "yes");
    const name = async (): Promise<string | undefined> => {
      const { items } = await admin.client.list<Decision>(decisions);
      return items.find(({ metadata }) => metadata.name.startsWith(`git-${proposal}`))?.status?.state;
    };
    await expect.poll(name, patience).toBe("passed");
    await commonhold(clone, "merge", proposal);
    await expect.poll(async () => (await model())?.context, patience).toBe(2048);
    await expect.poll(name, patience).toBe("applied");
  });

  test("stops all in order at Ctrl-C", async () => {
    const { child, exited } = running;
    // Twice, as it arrives under npm: from the terminal and from npm itself.
    for (let sent = 0; sent < 2; sent++) child.kill("SIGINT");
    expect(await exited).toBe(0);
    await expect.poll(() => processesMarked(mark)).toEqual([]);
  });
});

test("a port that somebody else took is moved by a proposal, and what was decided otherwise stays", async () => {
  const mark = `moved-${process.pid}`;
  const taken = createServer().listen(Number(readFileSync(join(state, "model-file.port"), "utf8")), "127.0.0.1");
  await once(taken, "listening");
  const { events, exited } = start(["--once"], mark);
  expect(await exited).toBe(0);
  taken.close();
  expect(resultOf(events, "proposal")).toMatch(/Fetch smollm2 from 127\.0\.0\.1:\d+: models\/smollm2\.yaml$/);
  expect(said(events)).toContain("Paris");
});

test("a model that cannot be had ends --once with the reason and exit code 1", async () => {
  const mark = `nothere-${process.pid}`;
  const { events, exited } = start(["--once", "--model", "127.0.0.1:1/library/nothere:1"], mark);
  expect(await exited).toBe(1);
  const reason = events.find(({ event }) => event === "failed")?.reason;
  expect(reason).toMatch(/^nothere-1 cannot be served: .*127\.0\.0\.1/);
  expect(events.at(-1)).toMatchObject({ event: "done", title: "stopping" });
  await expect.poll(() => processesMarked(mark)).toEqual([]);
});

test("a second start on the same state is told who has it", async () => {
  const first = start([], `first-${process.pid}`);
  await first.until("ready");
  const second = start(["--once"], `second-${process.pid}`);
  expect(await second.exited).toBe(1);
  expect(second.events.find(({ event }) => event === "failed")?.reason).toContain(
    `in use by process ${first.child.pid}`,
  );
  first.child.kill("SIGKILL");
  await first.exited;
  await expect.poll(() => processesMarked(`first-${process.pid}`)).toEqual([]);
});

const phases = [
  "control plane and Ollama",
  "kinds and permissions",
  "policy",
  "operator, gateway and governance",
  "governance",
  ...deciding,
];

test("killed with SIGKILL in any phase it leaves no child, and the next start goes on and answers", async () => {
  const killed = join(scratchDirectory("killed"), "state");
  for (const [at, title] of phases.entries()) {
    const mark = `kill-${at}-${process.pid}`;
    const run = start([], mark, killed);
    const isThere = ({ event, title: begun }: Event): boolean => event === "step" && begun === title;
    // What an earlier start brought about already is no step any more.
    await run.untilAny((event) => isThere(event) || event.event === "ready");
    run.child.kill("SIGKILL");
    await run.exited;
    await expect.poll(() => processesMarked(mark)).toEqual([]);
  }
  const mark = `after-${process.pid}`;
  const { events, exited } = start(["--once", "--prompt", "What is the capital of Italy?"], mark, killed);
  expect(await exited).toBe(0);
  expect(said(events)).toContain("Rome");
  expect(resultOf(events, "proposal")).toMatch(/^none/);
  await expect.poll(() => processesMarked(mark)).toEqual([]);
}, 900_000);

test.concurrent.each([
  ["a wrong flag is refused with what there is", ["up", "--onec"], 1, "--once"],
  ["a wrong command is refused with what there is", ["upp"], 1, "Did you mean up?"],
  ["an empty question is refused", ["up", "--prompt", " "], 1, "It is empty"],
  ["what is no reference of a model is refused before anything starts", ["up", "--model", "a b"], 1, "reference"],
  ["a state directory that cannot be is refused", ["up", "--state", "/dev/null/x"], 1, "--state DIR"],
  ["the version is told", ["--version"], 0, "0."],
])("%s", async (_, args, code, words) => {
  const child = spawn(process.execPath, ["cli/commonhold.mjs", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(code);
  expect(said).toContain(words);
});
