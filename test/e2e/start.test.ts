/** `npm start`, as a newcomer runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { markVariable, processesMarked } from "../control-plane/parent.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { root } from "./world.ts";

const state = join(scratchDirectory("start"), "state");

interface Event {
  event: string;
  title?: string;
  text?: string;
  reason?: string;
  url?: string;
}

function start(
  args: readonly string[],
  mark: string,
): { child: ChildProcess; events: Event[]; until(name: string): Promise<Event>; exited: Promise<number | null> } {
  mkdirSync(state, { recursive: true });
  const child = spawn(process.execPath, ["cli/commonhold.mjs", "up", "--json", "--state", state, ...args], {
    cwd: root,
    env: { ...process.env, [markVariable]: mark, OLLAMA_HOST: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const events: Event[] = [];
  const waiting: (() => void)[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => {
    events.push(JSON.parse(line));
    for (const wake of waiting.splice(0)) wake();
  });
  const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  const until = async (name: string): Promise<Event> => {
    for (;;) {
      const found = events.find(({ event }) => event === name);
      if (found) return found;
      const ended = await Promise.race([
        exited.then(() => true),
        new Promise<false>((resolve) => waiting.push(() => resolve(false))),
      ]);
      if (ended && !events.some(({ event }) => event === name))
        throw new Error(`ended without "${name}": ${JSON.stringify(events.slice(-5))}`);
    }
  };
  return { child, events, until, exited };
}

const said = (events: readonly Event[]): string =>
  events
    .filter(({ event }) => event === "answer")
    .map(({ text }) => text)
    .join("");

test("a first start with --once answers with the real model, exits 0 and leaves nothing running", async () => {
  const mark = `once-${process.pid}`;
  const { events, exited } = start(["--once"], mark);
  expect(await exited).toBe(0);
  expect(said(events)).toContain("Paris");
  expect(processesMarked(mark)).toEqual([]);
});

test("it stays until Ctrl-C, writes its settings for other tools, and stops all in order", async () => {
  const mark = `stay-${process.pid}`;
  const { child, until, exited } = start([], mark);
  const ready = await until("ready");
  const env = Object.fromEntries(
    readFileSync(join(state, "env"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  expect(Object.keys(env)).toEqual(["KUBECONFIG", "COMMONHOLD_URL", "COMMONHOLD_API_KEY", "OLLAMA_HOST"]);
  expect(env["COMMONHOLD_URL"]).toBe(ready.url);
  expect(statSync(join(state, "env")).mode & 0o777).toBe(0o600);
  expect(existsSync(env["KUBECONFIG"]!)).toBe(true);
  const models = await fetch(`${env["COMMONHOLD_URL"]}/v1/models`, {
    headers: { authorization: `Bearer ${env["COMMONHOLD_API_KEY"]}` },
  });
  expect(JSON.stringify(await models.json())).toContain("smollm2");
  // Twice, as it arrives under npm: from the terminal and from npm itself.
  for (let sent = 0; sent < 2; sent++) child.kill("SIGINT");
  expect(await exited).toBe(0);
  expect(processesMarked(mark)).toEqual([]);
});

test("a model that cannot be had ends --once with the reason and exit code 1", async () => {
  const mark = `nothere-${process.pid}`;
  const { events, exited } = start(["--once", "--model", "127.0.0.1:1/library/nothere:1"], mark);
  expect(await exited).toBe(1);
  const reason = events.find(({ event }) => event === "failed")?.reason;
  expect(reason).toMatch(/^nothere-1 cannot be served: .*127\.0\.0\.1/);
  expect(events.at(-1)).toMatchObject({ event: "done", title: "stopping" });
  expect(processesMarked(mark)).toEqual([]);
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
  await expect.poll(() => processesMarked(`first-${process.pid}`), { timeout: 5_000 }).toEqual([]);
});

test("killed with SIGKILL in any phase it leaves no child after 5 s, and the next start answers", async () => {
  const moments = ["control plane and Ollama", "kinds and permissions", "operator and gateway", "model"];
  for (const [at, title] of moments.entries()) {
    const mark = `kill-${at}-${process.pid}`;
    const run = start([], mark);
    await run.until("step");
    await expect
      .poll(() => run.events.some((event) => event.event === "step" && event.title === title), {
        timeout: 60_000,
        interval: 20,
      })
      .toBe(true);
    run.child.kill("SIGKILL");
    await run.exited;
    await expect.poll(() => processesMarked(mark), { timeout: 5_000 }).toEqual([]);
  }
  const mark = `after-${process.pid}`;
  const { events, exited } = start(["--once", "--prompt", "What is the capital of Italy?"], mark);
  expect(await exited).toBe(0);
  expect(said(events)).toContain("Rome");
  expect(processesMarked(mark)).toEqual([]);
});

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
