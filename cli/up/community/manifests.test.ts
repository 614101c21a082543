import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { KubeError } from "../../../operator/kube/errors.ts";
import { installManifests } from "./manifests.ts";
import { memoryClient } from "./memory-client.fixture.ts";

const definition = "kind: CustomResourceDefinition\nmetadata: {name: cows.example.org}\n";
const role =
  "kind: ClusterRole\nmetadata: {name: milker}\n---\nkind: Role\nmetadata: {name: milker, namespace: barn}\n";

function world(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), "commonhold-manifests-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ["crds", "rbac", "admission"]) mkdirSync(join(root, "manifests", folder), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, "manifests", path), text);
  const client = memoryClient();
  const clock = new ManualClock(0);
  const stop = new AbortController();
  const establish = (): void => {
    const stored = client.objects.get("customresourcedefinitions/cows.example.org");
    if (stored) Object.assign(stored, { status: { conditions: [{ type: "Established", status: "True" }] } });
  };
  const install = (options = {}) => installManifests(client, root, clock, stop.signal, options);
  return { client, clock, stop, establish, install };
}

describe("manifests", () => {
  test("of every file and every document in it are applied, and the kinds are named", async () => {
    const { client, install, establish } = world({
      "crds/cows.yaml": definition,
      "rbac/roles.yaml": role,
      "rbac/README.md": "x",
    });
    client.beforeGet = establish;
    expect(await install()).toEqual(["cows.example.org"]);
    expect([...client.objects.keys()]).toEqual([
      "namespaces/commonhold-system",
      "customresourcedefinitions/cows.example.org",
      "clusterroles/milker",
      "roles/barn/milker",
    ]);
  });

  test("are in place only when the API serves the kinds", async () => {
    const { clock, install, establish } = world({ "crds/cows.yaml": definition });
    let done = false;
    const installing = install().then(() => {
      done = true;
    });
    await clock.advance(10_000);
    expect(done).toBe(false);
    establish();
    await clock.advance(50);
    await installing;
    expect(clock.pending).toBe(0);
  });

  test("whose kind is never served are named after 30 s, with what the API says", async () => {
    const { clock, install } = world({ "crds/cows.yaml": definition });
    const failed = expect(install()).rejects.toThrow("does not serve cows.example.org after 30 s: []");
    await clock.advance(0);
    await clock.advance(31_000);
    await failed;
  });

  test("that hold another kind are a mistake, said before it is applied", async () => {
    const { client, install } = world({ "rbac/pod.yaml": "kind: Pod\nmetadata: {name: surprise}\n" });
    await expect(install()).rejects.toThrow("Pod surprise is no kind that our manifests may hold");
    expect([...client.objects.keys()].filter((key) => key.includes("surprise"))).toEqual([]);
  });

  test("of admission are applied only where the community governs, in the order of their names, and tried", async () => {
    const files = {
      "admission/b.yaml":
        "kind: ValidatingAdmissionPolicy\nmetadata: {name: fence}\n---\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: fence}\n",
      "admission/a.yaml": "kind: ClusterRole\nmetadata: {name: gatekeeper}\n",
    };
    const off = world(files);
    await off.install();
    expect([...off.client.objects.keys()]).toEqual(["namespaces/commonhold-system"]);

    const { client, install } = world(files);
    let tries = 0;
    client.create = async () => {
      tries++;
      throw new KubeError("ValidatingAdmissionPolicy 'commonhold-governed-objects' denied", {
        status: 403,
        reason: "Forbidden",
      });
    };
    await install({ governance: true, governedNamespaces: ["barn"] });
    expect([...client.objects.keys()]).toEqual([
      "namespaces/commonhold-system",
      "clusterroles/gatekeeper",
      "validatingadmissionpolicies/fence",
      "validatingadmissionpolicybindings/fence",
      "namespaces/barn",
    ]);
    expect(tries).toBe(2);
  });

  test("are left at once when the person stops", async () => {
    const { clock, install, stop } = world({ "crds/cows.yaml": definition });
    const stopped = expect(install()).rejects.toThrow("stopped by SIGINT");
    await clock.advance(100);
    stop.abort(new Error("stopped by SIGINT"));
    await stopped;
    expect(clock.pending).toBe(0);
  });
});
