import { readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { auditEntries } from "../../../test/control-plane/audit-log.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { controlPlanePrograms } from "../../../test/control-plane/start.ts";
import { requestApi, runKubectl, startTestControlPlane } from "../../../test/control-plane/test.ts";
import { type ControlPlane, serviceAccount, startControlPlane } from "./control-plane.ts";

const reader = serviceAccount("team", "reader");

describe("an embedded control plane", () => {
  const directory = scratchDirectory("embedded");
  let plane: Awaited<ReturnType<typeof startTestControlPlane>>;

  beforeAll(async () => {
    plane = await startTestControlPlane({ directory, identities: [reader], audit: true });
  });
  afterAll(() => plane.discard());

  test("answers admin by token over a certificate of its own, and keeps its files private", async () => {
    expect((await requestApi(plane, "GET", "/version")).body.gitVersion).toMatch(/^v1\.\d+/);
    for (const file of ["tokens.csv", "tokens.json", "service-account.key", "kubeconfig-admin.yaml"]) {
      expect([file, statSync(join(directory, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
    expect(() => plane.kubeconfig("nobody")).toThrow('knows no "nobody", only admin, team.reader');
  });

  test("a ServiceAccount identity may do what a RoleBinding to it grants, and nothing else", async () => {
    await requestApi(plane, "POST", "/api/v1/namespaces", { metadata: { name: "team" } });
    const path = "/api/v1/namespaces/team/configmaps";
    expect((await requestApi(plane, "GET", path, undefined, reader)).status).toBe(403);
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/team";
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }];
    await requestApi(plane, "POST", `${rbac}/roles`, { metadata: { name: "read" }, rules });
    await requestApi(plane, "POST", `${rbac}/rolebindings`, {
      metadata: { name: "read" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "read" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "team" }],
    });
    await eventually(async () => (await requestApi(plane, "GET", path, undefined, reader)).status === 200);
    expect((await requestApi(plane, "DELETE", path, undefined, reader)).status).toBe(403);
    expect((await runKubectl(plane, ["get", "cm", "-n", "team"], { identity: reader })).code).toBe(0);
  });

  test("issues and reviews real ServiceAccount tokens", async () => {
    await requestApi(plane, "POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "robot" } });
    const issued = await requestApi(plane, "POST", "/api/v1/namespaces/default/serviceaccounts/robot/token", {
      spec: {},
    });
    const token: string = issued.body.status.token;
    const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    const good = await requestApi(plane, "POST", reviews, { spec: { token } });
    expect(good.body.status.user.username).toBe("system:serviceaccount:default:robot");
    const bad = await requestApi(plane, "POST", reviews, { spec: { token: `${token.slice(0, -4)}AAAA` } });
    expect(bad.body.status.authenticated).toBeUndefined();
  });

  test("the audit log names who used which verb on which resource", async () => {
    await requestApi(plane, "GET", "/api/v1/namespaces/team/secrets/nothing", undefined, reader);
    const seen = (): unknown[] =>
      auditEntries<AuditEvent>(plane.auditLogPath)
        .filter(({ user, objectRef }) => user.username === reader.user && objectRef?.resource === "secrets")
        .map(({ verb, objectRef, annotations }) => [
          verb,
          objectRef?.name,
          annotations?.["authorization.k8s.io/decision"],
        ]);
    await eventually(async () => seen().length > 0);
    expect(seen()).toEqual([["get", "nothing", "forbid"]]);
  });

  test("compaction ends a watch from an old version with 410 Gone", async () => {
    const old = (await requestApi(plane, "GET", "/api/v1/namespaces/default/configmaps")).body.metadata.resourceVersion;
    await requestApi(plane, "POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "newer" } });
    expect(await plane.compact()).toBeGreaterThan(Number(old));
    // The watch cache still remembers: only a server that starts anew has to ask etcd, which has forgotten.
    await plane.kill("apiserver");
    await plane.start();
    // A server whose cache is still being filled says 429.
    const watch = `/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${old}`;
    const answer = async (): Promise<unknown> => JSON.parse(await firstLine(plane, watch));
    await expect.poll(answer).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
  });

  test("killed with SIGKILL, it starts again on the same data, port, tokens and certificate", async () => {
    await requestApi(plane, "POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "kept" } });
    const before = { url: plane.url, authority: plane.authority, token: plane.token("admin") };
    await plane.kill();
    expect([plane.etcd.exit?.signal, plane.apiserver.exit?.signal]).toEqual(["SIGKILL", "SIGKILL"]);
    // So patient that nothing is killed because it is slow to stop.
    const clock: Clock = { ...systemClock, after: (ms, fire) => systemClock.after(10 * ms, fire) };
    const again = await startTestControlPlane({ directory, identities: [reader], clock });
    expect({ url: again.url, authority: again.authority, token: again.token("admin") }).toEqual(before);
    expect((await requestApi(again, "GET", "/api/v1/namespaces/default/configmaps/kept")).status).toBe(200);
    await again.stop();
    expect([again.apiserver.exit, again.etcd.exit?.signal]).toEqual([{ code: 0, signal: null }, "SIGTERM"]);
  });

  test("when its port was taken meanwhile it takes another one and says so in the kubeconfig", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    writeFileSync(join(directory, "port"), String(port));
    try {
      const moved = await startTestControlPlane({ directory });
      expect(moved.url).not.toContain(`:${port}`);
      expect(readFileSync(moved.adminKubeconfigPath, "utf8")).toContain(moved.url);
      expect((await requestApi(moved, "GET", "/readyz")).body).toBe("ok");
      await moved.kill();
    } finally {
      taken.close();
    }
  });
});

test("a start that cannot succeed says which part failed, and leaves nothing running", async () => {
  const directory = scratchDirectory("broken");
  const programs = { ...(await controlPlanePrograms()), etcd: "/nonexistent/etcd" };
  const failed = startControlPlane({ directory, programs, durable: false });
  await expect(failed).rejects.toMatchObject({ name: "ProcessFailure", code: "not-executable", program: "etcd" });
  await expect(failed).rejects.toThrow("commonhold doctor");
});

interface AuditEvent {
  verb: string;
  user: { username: string };
  objectRef?: { resource: string; name: string };
  annotations?: Record<string, string>;
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { interval: 20 }).toBe(true);
}

function firstLine(plane: ControlPlane, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${plane.token("admin")}` };
    const call = request(`${plane.url}${path}`, { headers, ca: plane.authority, agent: false }, (response) => {
      response.setEncoding("utf8").once("data", (text: string) => {
        call.destroy();
        resolve(text.split("\n")[0] ?? "");
      });
    });
    call.once("error", reject);
    call.end();
  });
}
