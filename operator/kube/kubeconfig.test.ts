import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { kubeConfigFor, kubeConfigFromDefaults, kubeConfigFromFile, kubeConfigInCluster } from "./kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function configText(user: string, name = "a"): string {
  return `
apiVersion: v1
kind: Config
clusters: [{ name: ${name}, cluster: { server: "https://${name}.example:6443/", certificate-authority: ca.pem } }]
users: [{ name: ${name}, user: ${user} }]
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name} } }]
current-context: ${name}
`;
}

async function optionsOf(user: string): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await kubeConfigFromFile(file("config", configText(user))).applyToHTTPSOptions(options);
  return options;
}

file("ca.pem", "the authority");
file("cert.pem", "the certificate");
file("key.pem", "the key");
const bytes = (text: string): Buffer => Buffer.from(text);
const base64 = (text: string): string => bytes(text).toString("base64");

describe("the credentials of a kubeconfig", () => {
  test.each<[string, string, RequestOptions]>([
    ["a token", "{ token: t0ken }", { headers: { Authorization: "Bearer t0ken" } }],
    [
      "a certificate and key in files beside it",
      "{ client-certificate: cert.pem, client-key: key.pem }",
      { headers: {}, cert: bytes("the certificate"), key: bytes("the key") },
    ],
    [
      "a certificate and key in it",
      `{ client-certificate-data: ${base64("c")}, client-key-data: ${base64("k")} }`,
      { headers: {}, cert: bytes("c"), key: bytes("k") },
    ],
    ["a name and password", "{ username: u, password: p }", { headers: {}, auth: "u:p" }],
    [
      "somebody else",
      "{ token: t, as: other }",
      { headers: { "Impersonate-User": "other", Authorization: "Bearer t" } },
    ],
    [
      "a file with a token",
      `{ auth-provider: { name: tokenFile, config: { tokenFile: ${join(folder, "key.pem")} } } }`,
      { headers: { Authorization: "Bearer the key" } },
    ],
    ["nobody", "{}", { headers: {} }],
  ])("are those of %s, and the cluster's authority", async (_, user, expected) => {
    expect(await optionsOf(user)).toEqual({ ca: bytes("the authority"), ...expected });
  });
  test("of a plugin are what client-node makes of them", async () => {
    const exec = `{ exec: { apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: ["-c", 'echo "{\\"status\\":{\\"token\\":\\"of-the-plugin\\"}}"'], interactiveMode: Never } }`;
    expect((await optionsOf(exec)).headers).toEqual({ Authorization: "Bearer of-the-plugin" });
  });
  test("are read anew each time: a kubelet renews its file", async () => {
    const token = file("renewed", "one");
    const config = kubeConfigFromFile(
      file("config-renewed", configText(`{ auth-provider: { name: tokenFile, config: { tokenFile: ${token} } } }`)),
    );
    const header = async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options.headers;
    };
    expect(await header()).toEqual({ Authorization: "Bearer one" });
    file("renewed", "two");
    expect(await header()).toEqual({ Authorization: "Bearer two" });
  });
});

describe("where a kubeconfig is looked for", () => {
  const [a, b] = [file("a", configText("{ token: a }")), file("b", configText("{ token: b }", "b"))];
  const home = dirname(dirname(file("home/.kube/config", configText("{ token: h }", "home"))));
  test.each<[string, Record<string, string>, string]>([
    ["in KUBECONFIG", { KUBECONFIG: a, HOME: home }, "https://a.example:6443"],
    [
      "in all files of KUBECONFIG, the last one's context",
      { KUBECONFIG: [a, "", b].join(delimiter) },
      "https://b.example:6443",
    ],
    ["in the home", { KUBECONFIG: "", HOME: home }, "https://home.example:6443"],
  ])("is %s", (_, variables, server) => {
    expect(kubeConfigFromDefaults(variables).getCurrentCluster()?.server).toBe(server);
  });
  test.each<[string, string, string]>([
    ["of the version 4", "10.0.0.1", "https://10.0.0.1:443"],
    ["of the version 6", "fd00::1", "https://[fd00::1]:443"],
  ])("in a pod the server has an address %s", (_, host, server) => {
    const config = kubeConfigInCluster({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: "443" });
    expect(config.getCurrentCluster()).toMatchObject({ server, skipTLSVerify: false });
  });
  test("given in parts it is those parts", () => {
    const config = kubeConfigFor("https://here:1", { token: "t", ca: "authority" });
    expect(config.getCurrentCluster()).toMatchObject({ server: "https://here:1", caData: base64("authority") });
    expect(config.getCurrentUser()).toMatchObject({ token: "t" });
  });
  const twice = [a, file("again", configText("{ token: other }"))].join(delimiter);
  test.each<[string, () => unknown, string]>([
    ["is nowhere", () => kubeConfigFromDefaults({ HOME: join(folder, "nobody") }), "there is none of KUBECONFIG"],
    ["is not there", () => kubeConfigFromFile(join(folder, "nothing")), "nothing: ENOENT"],
    ["is no YAML", () => kubeConfigFromFile(file("broken", "{ token: s3cret")), "it is no valid kubeconfig"],
    ["is a text", () => kubeConfigFromFile(file("text", "s3cret")), "names no cluster"],
    ["is empty", () => kubeConfigFromFile(file("empty", "")), "it is no valid kubeconfig"],
    [
      "has a cluster without a server",
      () => kubeConfigFromFile(file("bare", "clusters: [{ name: a, cluster: {} }]")),
      "it is no valid kubeconfig",
    ],
    [
      "has a context that is not there",
      () => kubeConfigFromFile(file("other", configText("{}").replace("current-context: a", "current-context: z"))),
      "names no cluster in its current context",
    ],
    [
      "says different things under one name",
      () => kubeConfigFromDefaults({ KUBECONFIG: twice }),
      "it is no valid kubeconfig",
    ],
  ])("one that %s is refused, and not quoted", (_, use, words) => {
    expect(use).toThrow(words);
    expect(use).not.toThrow("s3cret");
  });
});
