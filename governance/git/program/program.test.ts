import { execFileSync } from "node:child_process";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { gitLimits } from "../limits.ts";
import { gitFolder } from "../real-git.fixture.ts";
import { failure, redacted } from "./failure.ts";
import { gate } from "./gate.ts";
import { gitProgram, type RunOptions } from "./program.ts";
import { isNewEnough } from "./version.ts";

const folder = gitFolder();
afterAll(() => folder.remove());

/** Programs that stand in for git; each writes its process id first. */
const scripts = {
  slow: 'echo $$ >>"$log"; exec sleep 1000',
  stubborn: "trap '' TERM; echo $$ >>\"$log\"; sleep 1000; sleep 1000",
  loud: 'echo $$ >>"$log"; yes',
  parent: 'echo $$ >>"$log"; sleep 1000 & sleep 1000',
  echo: 'echo "$@"; env; exec cat',
  failing: 'echo "fatal: cannot open https://me:secret@host/x (secret-token)" >&2; exit 128',
};
const paths = {} as Record<keyof typeof scripts, string>;
beforeAll(() => {
  for (const [name, script] of Object.entries(scripts)) paths[name as keyof typeof scripts] = folder.program(script);
});

function program(name: keyof typeof scripts, clock = new ManualClock()) {
  return {
    clock,
    git: gitProgram({ clock, environment: { PATH: paths[name], HOME: "/home/x", GIT_DIR: "/elsewhere", SECRET: "s" } }),
  };
}

/** Runs until the program wrote its id, then does something to it; how the run ended, and whether its group has. */
async function interrupted(
  name: keyof typeof scripts,
  interrupt: (clock: ManualClock) => unknown,
  options: RunOptions = {},
) {
  const { git, clock } = program(name);
  const before = folder.logged().length;
  const ended = git.run(["x"], options).then(
    () => "resolved",
    (error: unknown) => error,
  );
  while (!folder.logged().slice(before).includes("\n")) await turn();
  const pid = Number(folder.logged().slice(before));
  await interrupt(clock);
  const outcome = await ended;
  // What was killed is gone once the kernel has come to it.
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await turn();
  expect(clock.pending, "timers that are left").toBe(0);
  return { outcome, isAlive: isAlive(pid) };
}

/** Zombies that nobody has asked about yet do nothing any more. */
function isAlive(group: number): boolean {
  const all = execFileSync("ps", ["-A", "-o", "pgid=,stat="]).toString().trim().split("\n");
  return all
    .map((line) => line.trim().split(/\s+/))
    .some(([id, state]) => Number(id) === group && !state?.startsWith("Z"));
}

describe("a program of git", () => {
  test("is ended with what it started when the caller aborts", async () => {
    const controller = new AbortController();
    const { outcome, isAlive } = await interrupted("parent", () => controller.abort("enough"), {
      signal: controller.signal,
    });
    expect(outcome).toBe("enough");
    expect(isAlive).toBe(false);
  });
  test("that does not want to end is killed", async () => {
    const controller = new AbortController();
    const abort = async (clock: ManualClock) => {
      controller.abort("enough");
      await clock.advance(gitLimits.stopMsMax);
    };
    expect(await interrupted("stubborn", abort, { signal: controller.signal })).toEqual({
      outcome: "enough",
      isAlive: false,
    });
  });
  test("that takes too long is ended", async () => {
    const { outcome, isAlive } = await interrupted("slow", (clock) => clock.advance(gitLimits.commandMsMax));
    expect(outcome).toMatchObject({ code: "failed", message: "git x took longer than 60 s and was stopped" });
    expect(isAlive).toBe(false);
  });
  test("that asks a remote and takes too long says that it is not reached", async () => {
    const options = { msMax: 5_000, failsAs: "unreachable" } as const;
    const { outcome } = await interrupted("slow", (clock) => clock.advance(5_000), options);
    expect(outcome).toMatchObject({ code: "unreachable", isTransient: true });
  });
  test("that says too much is ended", async () => {
    const { outcome, isAlive } = await interrupted("loud", () => {}, { outputBytesMax: 100_000 });
    expect(outcome).toMatchObject({ code: "too-large", message: "git x printed more than 100000 bytes" });
    expect(isAlive).toBe(false);
  });
  test("is not even started for who has aborted already", async () => {
    const before = folder.logged();
    await expect(program("slow").git.run(["x"], { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    expect(folder.logged()).toBe(before);
  });
  test("is ended, and none is started, once it is closed", async () => {
    const { git } = program("slow");
    const run = git.run(["x"]);
    const waiting = Array.from({ length: gitLimits.programsMax }, () => git.run(["y"]));
    await git.close();
    await expect(run).rejects.toMatchObject({ code: "unusable" });
    for (const other of waiting) await expect(other).rejects.toMatchObject({ code: "unusable" });
    await expect(git.run(["z"])).rejects.toMatchObject({ code: "unusable", message: "the repository is closed" });
  });
  test("gets the input, our settings, and of the environment only what it needs", async () => {
    const { stdout } = await program("echo").git.run(["x"], { input: Buffer.from("the input"), settings: ["a.b=c"] });
    const text = stdout.toString();
    expect(text).toMatch(/the input$/);
    expect(text).toMatch(/-c core\.hooksPath=\/dev\/null .*-c protocol\.allow=never .*-c a\.b=c x\n/);
    expect(text).toMatch(/^HOME=\/home\/x$/m);
    expect(text).toMatch(/^GIT_CONFIG_GLOBAL=\/dev\/null$/m);
    expect(text).not.toMatch(/GIT_DIR|SECRET/);
  });
  test("that fails says why, in one line and without credentials", async () => {
    const run = program("failing").git.run(["x"], { secrets: ["secret-token"] });
    await expect(run).rejects.toMatchObject({
      code: "failed",
      message: "git x failed (128): fatal: cannot open https://…@host/x (…)",
    });
  });
  test("that is not there says what to install", async () => {
    const git = gitProgram({ clock: new ManualClock(), environment: { PATH: "/nowhere" } });
    await expect(git.run(["version"])).rejects.toMatchObject({
      code: "unusable",
      message: "git was not found: install git 2.38 or newer, and see that it is in PATH",
    });
  });
});

describe("a version of git", () => {
  test.each([
    "git version 2.38.0",
    "git version 2.39.5 (Apple Git-154)",
    "git version 2.100.1",
    "git version 3.0.0",
    "git version 2.47.1.windows.2",
    "git version 2.38",
  ])("%s is new enough", (text) => {
    expect(isNewEnough(text)).toBe(true);
  });
  test.each([
    "git version 2.37.9",
    "git version 2.3.8",
    "git version 1.99",
    "git version 2",
    "git version x.y",
    "",
    "hub version 2.40",
    "git version 99999.1",
  ])("%j is not", (text) => {
    expect(isNewEnough(text)).toBe(false);
  });
});

describe("what git says", () => {
  test.each<[string, string, string]>([
    ["fatal: unable to access 'https://a:b@c/d': 403", "unreachable", "https://…@c/d"],
    ["error: unable to write file: No space left on device", "failed", "No space left"],
    ["fatal: fsck error in packed object", "damaged", "fsck"],
    ["error: cannot lock ref 'refs/x': Unable to create 'refs/x.lock': File exists.", "conflict", "refs/x"],
    [" ! [rejected] main -> x (non-fast-forward)", "rejected", "non-fast-forward"],
    ["fatal: couldn't find remote ref refs/heads/x", "failed", "refs/heads/x"],
    ["remote: No space left on device\nfatal: early EOF", "unreachable", "early EOF"],
    ["fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", "unreachable", "early EOF"],
    ["fatal: fetch-pack: invalid index-pack output", "too-large", "invalid"],
    ["fatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output", "damaged", "fsck"],
    ["hint: try this\nfatal: no", "unreachable", ": fatal: no"],
    ["fatal: \x1b[31mred\u202e", "unreachable", "\\x1b[31mred\\u{202e}"],
    ["", "unreachable", "git fetch failed (1)"],
  ])("%j is %s", (stderr, code, shown) => {
    const error = failure({ verb: "fetch", exit: 1, stderr, code: "unreachable" });
    expect(error.code).toBe(code);
    expect(error.message).toContain(shown);
    expect(error.message).not.toContain("hint");
  });
  test.each<[string, string]>([
    ["https://user:pass@host/x", "https://…@host/x"],
    ["ssh://user@host/x", "ssh://…@host/x"],
    ["a https://t@h/ and http://u:p@i/", "a https://…@h/ and http://…@i/"],
    ["https://a@b@c/d", "https://…@c/d"],
    ["https://host/a@b", "https://host/a@b"],
    ["git@host:path", "git@host:path"],
  ])("%s is shown as %s", (text, shown) => {
    expect(redacted(text)).toBe(shown);
  });
  test("is cut where it is long", () => {
    expect(failure({ verb: "x", exit: 1, stderr: "y".repeat(10_000) }).message.length).toBeLessThan(700);
  });
});

describe("a gate", () => {
  test("lets so many in, the others in order, and forgets who left", async () => {
    const enter = gate(2);
    const order: number[] = [];
    const controller = new AbortController();
    const [first, second] = await Promise.all([enter(), enter()]);
    const third = enter(controller.signal).then(
      () => order.push(3),
      () => order.push(-3),
    );
    const fourth = enter().then((leave) => {
      order.push(4);
      leave();
    });
    const fifth = enter().then(() => order.push(5));
    controller.abort();
    await third;
    first();
    await Promise.all([fourth, fifth]);
    expect(order).toEqual([-3, 4, 5]);
    second();
    (await enter())();
  });
});
