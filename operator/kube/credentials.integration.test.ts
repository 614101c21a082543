import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, onTestFinished } from "vitest";
import { errorOf } from "../../test/kube-faults/error-of.ts";
import { test } from "../../test/kube-faults/test.ts";
import { systemClock } from "../clock/system.ts";
import { configMaps } from "./builtin-types.ts";
import { createKubeClient } from "./client.ts";
import { kubeConfigFor, kubeConfigFromFile } from "./kubeconfig.ts";

describe("credentials", () => {
  function scratch(): string {
    const directory = mkdtempSync(join(tmpdir(), "kube-credentials-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  function pluginConfig(url: string, script: string): KubeConfig {
    const directory = scratch();
    const command = join(directory, "plugin");
    writeFileSync(command, `#!/bin/sh\n${script}\n`);
    chmodSync(command, 0o700);
    const config = new KubeConfig();
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" };
    config.loadFromClusterAndUser({ name: "c", server: url, skipTLSVerify: true }, { name: "plugin-user", exec });
    return config;
  }

  test("an exec plugin is run once for many calls at the same time, and its token is used", async ({
    plane,
    httpProxy,
    namespace,
  }) => {
    const runs = join(scratch(), "runs");
    const status = JSON.stringify({ kind: "ExecCredential", status: { token: plane.token("admin") } });
    const config = pluginConfig(httpProxy.url, `echo run >> ${runs}\necho '${status}'`);
    const client = createKubeClient(config, { clock: systemClock });
    const lists = await Promise.all(Array.from({ length: 10 }, () => client.list(configMaps, { namespace })));
    await client.close();
    expect(lists).toHaveLength(10);
    expect(readFileSync(runs, "utf8")).toBe("run\n");
  });

  test.each([
    ["one that fails says so in its own words", "echo 'no session: run login' >&2; exit 3", "no session: run login"],
    [
      "one whose answer is no JSON is not quoted",
      "echo secret-token-abc",
      "the credential plugin's answer is not JSON",
    ],
  ])("an exec plugin: %s", async (_, script, words) => {
    const client = createKubeClient(pluginConfig("http://127.0.0.1:1", script), { clock: systemClock });
    const error = await errorOf(client.list(configMaps));
    await client.close();
    expect(error).toMatchObject({ reason: "CredentialsFailed" });
    expect(error.message).toContain(words);
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain("secret-token");
  });

  test("an exec plugin that hangs is bounded by the call's time limit", async () => {
    const done = join(scratch(), "done");
    const script = `while [ ! -e ${done} ]; do sleep 0.05; done`;
    const client = createKubeClient(pluginConfig("http://127.0.0.1:1", script), { clock: systemClock });
    expect((await errorOf(client.list(configMaps, { timeoutMs: 100 }))).reason).toBe("Timeout");
    writeFileSync(done, "");
    await client.close();
  });

  test("a token file's line break does not reach the header", async ({ httpProxy, namespace, plane }) => {
    const tokenFile = join(scratch(), "token");
    writeFileSync(tokenFile, `${plane.token("admin")}\n`);
    const config = new KubeConfig();
    const authProvider = { name: "tokenFile", config: { tokenFile } };
    config.loadFromClusterAndUser(
      { name: "c", server: httpProxy.url, skipTLSVerify: true },
      { name: "u", authProvider },
    );
    const client = createKubeClient(config, { clock: systemClock });
    expect((await client.list(configMaps, { namespace })).items).toEqual([]);
    await client.close();
  });
});

describe("a kubeconfig", () => {
  test.each<[string, () => unknown, string]>([
    [
      "that is not there",
      () => kubeConfigFromFile("/nowhere/config"),
      "cannot read the kubeconfig /nowhere/config: ENOENT",
    ],
    [
      "of plain http to a server that was not said to be insecure",
      () => httpWithoutLeave(),
      "insecure-skip-tls-verify",
    ],
    [
      "whose server is no URL",
      () => createKubeClient(kubeConfigFor("not a url", { token: "t" }), { clock: systemClock }),
      "is no URL",
    ],
  ])("%s is refused with words", async (_, use, words) => {
    const error = await Promise.resolve()
      .then(use)
      .catch((caught: unknown) => caught);
    expect(String(error)).toContain(words);
  });

  function httpWithoutLeave(): Promise<unknown> {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: "c", server: "http://127.0.0.1:1", skipTLSVerify: false }, { name: "u" });
    return createKubeClient(config, { clock: systemClock }).list(configMaps);
  }
});
