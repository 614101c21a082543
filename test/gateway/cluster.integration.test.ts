/**
 * The gateway as a process of its own, under its own generated RBAC, against a real API server: what kubectl writes is what requests
 * meet a moment later, and what the audit log says it used is what it was granted.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { gatewayService } from "../../operator/apis/permissions.ts";
import { auditEntries } from "../control-plane/audit-log.ts";
import { compileModule } from "../control-plane/parent.ts";
import { installCrds, kubectl, startTestControlPlane } from "../control-plane/test.ts";
import { makeCertificate } from "../doubles/ollama/certificates.ts";
import { call, type Reply } from "./client.ts";
import { inTime, until } from "./deadline.ts";
import { deployment, host, memberWithKey, replica } from "./objects.ts";
import { type Script, scriptedHost } from "./scripted-host.ts";

const root = join(import.meta.dirname, "../..");
const identity = serviceAccount(systemNamespace, gatewayService.name);

let plane: Awaited<ReturnType<typeof startTestControlPlane>>;
let main = "";
let gateway: { url: string; child: ChildProcess; log: string[] };

beforeAll(async () => {
  main = compileModule(join(root, "api/main.ts"));
  plane = await startTestControlPlane({ identities: [identity], audit: true });
  await kubectl(plane, ["create", "namespace", systemNamespace]);
  await Promise.all([
    installCrds(plane, join(root, "manifests/crds")),
    kubectl(plane, ["apply", "-f", join(root, "manifests/rbac/commonhold-gateway.yaml")]),
  ]);
  gateway = await startProcess();
});

afterAll(async () => {
  gateway?.child.kill("SIGKILL");
  await plane?.discard();
});

describe("what kubectl writes", () => {
  test("members, hosts and deployments are picked up, changed and revoked while it runs", async ({ annotate }) => {
    const asked = await scriptedHost();
    const { member, key } = memberWithKey("ada");
    const ask = (): Promise<Reply> =>
      call(`${gateway.url}/v1/chat/completions`, {
        key,
        body: { model: "smollm2", messages: [{ role: "user", content: "hi" }] },
      }).reply;
    let slowestMs = 0;
    const becomes = async (status: number): Promise<void> => {
      const since = performance.now();
      await until(async () => (await ask()).status === status);
      slowestMs = Math.max(slowestMs, performance.now() - since);
    };

    await until(async () => (await call(`${gateway.url}/readyz`).reply).status === 200);
    expect((await ask()).status).toBe(401);
    await apply(member);
    await becomes(404);
    await apply(host("gpu1", asked.url));
    await apply(deployment("default/smollm2", [replica("gpu1")]));
    await becomes(200);
    await patch("modelhost", "gpu1", { status: notReady() }, "status");
    await becomes(503);
    await apply(host("gpu1", asked.url));
    await becomes(200);
    await patch("member", "ada", { spec: { suspended: true } });
    await becomes(403);
    await patch("member", "ada", { spec: { suspended: false, keys: [] } });
    await becomes(401);
    // The goal is two seconds, on a machine that does nothing else.
    await annotate(`what kubectl wrote was met by requests at most ${Math.round(slowestMs)} ms later`);
  });

  test("a host's bearer token is read from its Secret, and the host's key is the pinned one", async () => {
    const certificate = makeCertificate("gpu2");
    const asked = await scriptedHost(undefined, { cert: certificate.certificate, key: certificate.key });
    const { member, key } = memberWithKey("bob");
    const bearerToken = { name: "gpu2", key: "token" };
    const endpoint = { direct: { url: asked.url, publicKeySha256: certificate.pin, bearerToken } };
    await apply(member);
    await apply(host("gpu2", asked.url, { endpoint }));
    await apply(deployment("lab/secret", [replica("gpu2")]));
    const ask = () => call(`${gateway.url}/api/generate`, { key, body: { model: "lab/secret", prompt: "a" } }).reply;
    await until(async () => (await ask()).status === 502);
    expect(asked.asked).toHaveLength(0);
    const secret = ["create", "secret", "generic", "gpu2", "--from-literal=token=s3cret", "-n", systemNamespace];
    await kubectl(plane, secret);
    await apply(host("gpu2", asked.url, { endpoint }));
    // The remembered absence has to pass first; its bound is tested with a clock that is moved.
    await until(async () => (await ask()).status === 200);
    expect(asked.asked[0]!.headers.authorization).toBe("Bearer s3cret");
  });
});

test("the verbs that it used are the verbs that it was granted", () => {
  const used = new Set<string>();
  for (const event of auditEntries<AuditEvent>(plane.auditLogPath)) {
    if (event.user.username !== identity.user || !event.objectRef) continue;
    const { apiGroup = "", resource, namespace = "" } = event.objectRef;
    used.add([event.verb, apiGroup, resource, namespace].join(" "));
  }
  const granted = gatewayService.permissions.flatMap(({ group, resources, verbs, where }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => [verb, group, resource, where === "System" ? systemNamespace : ""].join(" ")),
    ),
  );
  expect([...used].sort()).toEqual(granted.sort());
});

test("streams go on and cached members are served while the API server is away, and readiness says so", async () => {
  const stream: { end?: () => void } = {};
  const script: Script = ({ response }) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).write("{}\n");
    stream.end = () => void response.end("{}\n");
  };
  const asked = await scriptedHost(script);
  const { member, key } = memberWithKey("eve");
  await apply(member);
  await apply(host("gpu3", asked.url));
  await apply(deployment("default/away", [replica("gpu3")]));
  const ask = () => call(`${gateway.url}/api/generate`, { key, body: { model: "away", prompt: "a" } });
  await until(async () => (await call(`${gateway.url}/api/ps`, { key }).reply).text.includes("away"));
  const under = ask();
  await under.received(1);
  await plane.kill("apiserver");
  await until(async () => (await readiness())["catalogue"] === "cached");
  stream.end?.();
  expect((await under.reply).text).toBe("{}\n{}\n");
  const next = ask();
  await next.received(1);
  next.leave();
  await plane.start();
  await until(async () => (await readiness())["catalogue"] === "current");
});

test("SIGTERM ends it in order, with exit code 0 and a log without raw control characters", async () => {
  const closed = new Promise<number | null>((resolve) => gateway.child.once("close", resolve));
  gateway.child.kill("SIGTERM");
  expect(await inTime(closed)).toBe(0);
  for (const line of gateway.log.join("").trimEnd().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
});

test("without a kubeconfig, with a setting that cannot be read, or a port that is taken, it says what is wrong and ends", async () => {
  const taken = new URL(plane.url).port;
  const KUBECONFIG = plane.adminKubeconfigPath;
  // A log is looked at in a terminal, and terminals obey U+009B as they obey ESC [.
  const hostile = "/nowhere/\u009b31m\u202e\u007fkubeconfig";
  const [nowhere, wrong, third] = await Promise.all([
    failedStart({ KUBECONFIG: hostile, COMMONHOLD_GATEWAY_PORT: "0" }),
    failedStart({ KUBECONFIG, COMMONHOLD_GATEWAY_PORT: "many" }),
    failedStart({ KUBECONFIG, COMMONHOLD_GATEWAY_PORT: taken }),
  ]);
  for (const { code, text } of [nowhere, wrong, third]) {
    expect(code).not.toBe(0);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  expect(nowhere.text).toMatch(/The gateway cannot start: .*(nowhere|KUBECONFIG)/);
  expect(wrong.text).toMatch(/The gateway cannot start: COMMONHOLD_GATEWAY_PORT=\\"many\\"/);
  expect(third.text).toContain(`port ${taken} of 127.0.0.1 is taken by another program`);
});

interface AuditEvent {
  verb: string;
  user: { username: string };
  objectRef?: { apiGroup?: string; resource: string; namespace?: string };
}

async function readiness(): Promise<Record<string, unknown>> {
  return (await call(`${gateway.url}/readyz`).reply).json();
}

function notReady() {
  const condition = { type: "Ready", status: "False", reason: "Unreachable", message: "It is gone." };
  return { conditions: [{ ...condition, lastTransitionTime: "2026-01-01T00:00:00Z" }] };
}

/** Spec first, then what the operator would write: the status. */
async function apply(object: { kind: string; metadata: object; status?: unknown }): Promise<void> {
  const { status, ...rest } = object;
  const { name, namespace } = object.metadata as { name: string; namespace?: string };
  if (namespace) await kubectl(plane, ["create", "namespace", namespace]).catch(() => undefined); // it may be there
  const spec = stringify({ ...rest, metadata: { name, ...(namespace ? { namespace } : {}) } });
  await kubectl(plane, ["apply", "-f", "-"], { stdin: spec });
  if (status) await patch(object.kind.toLowerCase(), name, { status }, "status", namespace);
}

async function patch(
  kind: string,
  name: string,
  body: unknown,
  subresource?: string,
  namespace?: string,
): Promise<void> {
  const args = ["patch", kind, name, "--type=merge", "-p", JSON.stringify(body)];
  const more = subresource ? [`--subresource=${subresource}`] : [];
  await kubectl(plane, [...args, ...more], namespace ? { namespace } : {});
}

function spawnGateway(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [main], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function startProcess(): Promise<typeof gateway> {
  const log: string[] = [];
  const child = spawnGateway({
    KUBECONFIG: plane.kubeconfig(identity),
    COMMONHOLD_GATEWAY_PORT: "0",
    COMMONHOLD_HOST_ADDRESSES: "127.0.0.1",
    COMMONHOLD_NAMESPACE: systemNamespace,
  });
  child.stdout?.on("data", (chunk) => log.push(String(chunk)));
  child.stderr?.on("data", (chunk) => log.push(String(chunk)));
  await until(() => log.join("").includes('"event":"listening"'));
  const line = log
    .join("")
    .split("\n")
    .find((text) => text.includes('"event":"listening"'));
  return { url: (JSON.parse(line ?? "{}") as { url: string }).url, child, log };
}

async function failedStart(env: Record<string, string>): Promise<{ code: number | null; text: string }> {
  const child = spawnGateway(env);
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  const code = await inTime(new Promise<number | null>((resolve) => child.once("close", resolve)));
  return { code, text };
}
