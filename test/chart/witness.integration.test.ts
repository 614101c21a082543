/** The chart's witness, started as its pod starts it: the image's entry point with the pod's arguments and environment. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { expect, test } from "vitest";
import { startProcess } from "../../cli/up/processes/start.ts";
import { growth, logKey, origin } from "../../governance/witness/log-world.fixture.ts";
import { originHash } from "../../governance/witness/state/heads.ts";
import { cosignatureVerifier } from "../../operator/tlog/cosignature.ts";
import { parsePublicKey } from "../../operator/tlog/note/key.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { type Manifest, renderedObjects } from "./helm.ts";
import { environmentOf, podsOf } from "./pods.ts";
import { witness } from "./values.ts";

const entryPoint = join(import.meta.dirname, "../../dist/cli/service/main.js");
const startsWithin = { timeout: 60_000, interval: 100 };

test("listens where its probes ask, cosigns the growth of its log, and stops when it is told to", async () => {
  const objects = await renderedObjects({ witness });
  const { args, environment, probes } = podOf(objects);
  const { COMMONHOLD_WITNESS_HOST: host, COMMONHOLD_WITNESS_PORT: port } = environment;
  expect([host, port]).toEqual(["0.0.0.0", "8090"]);
  expect(probes).toEqual({ startup: "/healthz:8090", readiness: "/readyz:8090", liveness: "/healthz:8090" });

  const folder = scratchDirectory("chart-witness");
  const logPath = join(folder, "log");
  const here = {
    COMMONHOLD_WITNESS_HOST: "127.0.0.1",
    COMMONHOLD_WITNESS_PORT: "0",
    COMMONHOLD_WITNESS_STATE: join(folder, "state"),
  };
  const program = await startProcess({
    name: "witness",
    command: process.execPath,
    args: [entryPoint, ...args],
    env: { ...environment, ...here },
    cwd: folder,
    logPath,
    stopGraceMs: 60_000,
  });
  try {
    const announced = (): { url: string; vkey: string } | undefined => {
      if (program.exit) throw program.failure();
      const line = readFileSync(logPath, "utf8")
        .split("\n")
        .find((text) => text.includes('"event":"listening"'));
      return line === undefined ? undefined : JSON.parse(line);
    };
    await expect.poll(announced, startsWithin).toBeDefined();
    const { url = "", vkey = "" } = announced() ?? {};
    for (const path of ["/healthz", "/readyz"]) expect((await request(url + path)).statusCode).toBe(200);
    const signed = await request(`${url}/add-checkpoint`, { method: "POST", body: growth(1, 5) });
    expect(signed.statusCode).toBe(200);
    const shown = await (await request(`${url}/checkpoints/${originHash(origin)}`)).body.text();
    const witnesses = [cosignatureVerifier(parsePublicKey(vkey))];
    const { checkpoint, cosigned } = openCheckpoint(shown, { origin, log: [noteVerifier(logKey)], witnesses });
    expect([checkpoint.size, cosigned.length]).toEqual([5, 1]);
    expect(vkey).toMatch(/^ada\.example\/witness\+/);
  } finally {
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  }
});

interface Probe {
  httpGet: { path: string; port: number };
}

function podOf(objects: readonly Manifest[]) {
  const [pod] = podsOf(objects).filter(({ metadata }) => metadata.labels["app.kubernetes.io/name"] === "witness");
  const [container] = pod?.spec.containers ?? [];
  const shown = ({ httpGet: { path, port } }: Probe): string => `${path}:${port}`;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const probes = { startup: shown(startupProbe), readiness: shown(readinessProbe), liveness: shown(livenessProbe) };
  return { args: container.args as string[], environment: environmentOf(objects, "witness") ?? {}, probes };
}
