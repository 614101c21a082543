/**
 * A host, or a registry behind it, that says terminal escapes wherever it can say anything: names, versions, errors of every kind. Nothing of it
 * is raw where people look: in no status, no event, no line that kubectl prints, and no log.
 */
import { describe, expect } from "vitest";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import { events } from "../../operator/kube/builtin-types.ts";
import { kubectl } from "../control-plane/test.ts";
import type { Community } from "../deployments/community.ts";
import { it, useCommunities } from "../deployments/test.ts";
import type { OllamaDouble } from "../doubles/ollama/double.ts";
import type { Fault } from "../doubles/ollama/faults.ts";

useCommunities();

/** Clears the screen in two ways, renames the window, forges a line, runs backwards, deletes. */
const words = "bad\u001b[2J\u009b31m\u001b]0;owned\u0007\r\nINFO all is well\u202egpj\u2028\u200b\u007f";
const raw = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const says = (status: number, body: unknown): Fault => ({ kind: "answer", status, body });

const stringsIn = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : value !== null && typeof value === "object"
      ? Object.entries(value).flatMap(([key, part]) => [key, ...stringsIn(part)])
      : [];

describe("hostile words of a host reach nobody raw", () => {
  const host: Record<string, (double: OllamaDouble) => void> = {
    "its version": (double) => {
      double.settings.version = `0.24.0${words}`;
    },
    "an error, in its own form": (double) => void double.faults.add("/api/*", says(500, { error: words })),
    "an error that is plain text": (double) => void double.faults.add("/api/*", says(503, words)),
    "a refusal": (double) => void double.faults.add("/api/*", says(403, { error: words })),
    "a list that is none": (double) => void double.faults.add("/api/tags", says(200, words)),
    "the names of its models": (double) => {
      const model = { name: words, model: words, size: 1, digest: "a".repeat(64), details: { family: words } };
      double.faults.add("/api/tags", says(200, { models: [model] }));
    },
  };
  for (const [what, say] of Object.entries(host)) {
    it(`asked how it is: ${what}`, async ({ community, plane }) => {
      const double = await community.addHost("host-a");
      say(double);
      community.start();
      const { client } = community;
      const name = community.hostName("host-a");
      const asked = async () => {
        const conditions = (await client.get<ModelHost>(modelHosts, { name }))?.status?.conditions ?? [];
        return conditions.find(({ type }) => type === "Reachable")?.reason ?? "NotAskedYet";
      };
      await expect.poll(asked).not.toBe("NotAskedYet");
      await nothingRaw(community, await client.get(modelHosts, { name }));
      expect((await kubectl(plane, ["get", "mh", name, "-o", "wide"])).replaceAll("\n", "")).not.toMatch(raw);
    });
  }

  const steps: Record<string, (double: OllamaDouble) => void> = {
    "a pull, inside the 200": (double) =>
      void double.faults.add("/api/pull", { kind: "error-midway", afterLines: 1, error: words }),
    "a pull": (double) => void double.faults.add("/api/pull", says(500, { error: words })),
    "a pull that the registry refuses": (double) =>
      void double.faults.add("/api/pull", says(200, { error: `pull model manifest: ${words}` })),
    "making the model": (double) => void double.faults.add("/api/create", says(500, { error: words })),
    "loading it": (double) => void double.faults.add("/api/generate", says(500, { error: words })),
  };
  for (const [what, fail] of Object.entries(steps)) {
    it(`asked to work: ${what}`, async ({ community, plane, namespace }) => {
      const double = await community.addHost("host-a");
      community.registry.put("tiny", { bytes: 1_000_000 });
      fail(double);
      community.start();
      await community.deploy("chat");
      const told = await community.until("chat", "told that it failed", (deployment) =>
        JSON.stringify(deployment?.status ?? {}).includes("bad"),
      );
      await nothingRaw(community, told);
      const printed = await kubectl(plane, ["get", "md,events", "-o", "wide"], { namespace });
      expect(printed).toContain("chat");
      expect(printed.replaceAll("\n", "")).not.toMatch(raw);
    });
  }

  async function nothingRaw({ client, namespace }: Community, object: unknown): Promise<void> {
    const { items } = await client.list(modelDeployments, { namespace });
    const told = [
      ...(await client.list(events, { namespace })).items,
      ...(await client.list(events, { namespace: "default" })).items,
    ];
    for (const text of stringsIn([object, items, told])) expect(text).not.toMatch(raw);
  }
});
