/** What is said where kind cannot make a cluster. */
import { expect, test } from "vitest";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { play } from "./played.fixture.ts";
import { assertKindPossible } from "./requirements.ts";

const refusing = (words: string): NodeJS.ProcessEnv =>
  play({ docker: { "version*": `printf '${words}' >&2; exit 1` } }).env;

const machines: [string, NodeJS.ProcessEnv, NodeJS.Platform, RegExp][] = [
  [
    "whose engine is not there is told what docker said",
    refusing("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\\n"),
    "linux",
    /docker reaches no engine \(Cannot connect .* Is the docker daemon running\?\)\. .*npm run test:node/,
  ],
  [
    "whose user may not use the engine is told what docker said",
    refusing("permission denied while trying to connect to the docker API at unix:///var/run/docker.sock\\n"),
    "linux",
    /\(permission denied while trying to connect to the docker API at unix:\/\/\/var\/run\/docker\.sock\)/,
  ],
  [
    "whose docker says nothing is told how it ended",
    refusing(""),
    "linux",
    /docker reaches no engine \(it ended with 1\)/,
  ],
  ["without docker is told so", { PATH: scratchDirectory("no-docker") }, "linux", /there is no program docker/],
  ["that is not Linux is told so", play({ docker: {} }).env, "darwin", /it runs darwin/],
];
test.each(machines)("a machine %s, in one sentence", async (_, env, platform, sentence) => {
  const told = assertKindPossible(env, platform);
  await expect(told).rejects.toThrow(/^A cluster of kind cannot be made on this machine: /);
  await expect(told).rejects.toThrow(sentence);
});

test("a machine with an engine is told nothing", async () => {
  await assertKindPossible(play({ docker: { "version*": "echo 28.0.0" } }).env, "linux");
});
