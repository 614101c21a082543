/** The API server itself fails: killed, frozen, its history dropped. Each test of this file shares one server of its own. */

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createNamespace } from "../../test/control-plane/request.ts";
import { startTestControlPlane } from "../../test/control-plane/start.ts";
import { eventually } from "../../test/kube-faults/eventually.ts";
import { startReflecting } from "../../test/kube-faults/reflecting.ts";
import { addressOf, startTcpProxy, type TcpProxy } from "../../test/kube-faults/tcp-proxy.ts";
import { systemClock } from "../clock/system.ts";
import { type ConfigMap, configMaps } from "./builtin-types.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import { isConnectionFailure, isGone, isTransient } from "./errors.ts";
import { kubeConfigFor } from "./kubeconfig.ts";

let plane: Awaited<ReturnType<typeof startTestControlPlane>>;
let proxy: TcpProxy;
/** Straight to the server, and through the proxy. */
let client: KubeClient;
let through: KubeClient;

beforeAll(async () => {
  plane = await startTestControlPlane();
  proxy = await startTcpProxy(() => addressOf(plane.url));
  const auth = { token: plane.token("admin"), ca: plane.authority };
  client = createKubeClient(kubeConfigFor(plane.url, auth), { clock: systemClock });
  through = createKubeClient(kubeConfigFor(proxy.url, auth), { clock: systemClock, requestTimeoutMs: 2_000 });
});

afterAll(async () => {
  await Promise.all([client.close(), through.close()]);
  await proxy.close();
  await plane.discard();
});

function put(namespace: string, name: string, value = "1"): Promise<ConfigMap> {
  return client.apply(configMaps, { metadata: { namespace, name }, data: { value } }, { fieldManager: "kube-tests" });
}

describe("an API server that fails", () => {
  test("killed and started again: calls fail as transient meanwhile, and the state reconverges", async () => {
    const namespace = await createNamespace(plane);
    const { reflector, converged, errors, store } = startReflecting(through, configMaps, {
      namespace,
      atEnd: onTestFinished,
    });
    await reflector.synced;
    await put(namespace, "before");
    await converged(client);
    await plane.kill("apiserver");
    const refused = await client.get(configMaps, { namespace, name: "before" }).catch((error: unknown) => error);
    expect([isTransient(refused), isConnectionFailure(refused)]).toEqual([true, true]);
    await eventually("the outage is noticed", () => errors.length > 0);
    expect(store.size).toBe(1);
    await plane.start();
    await put(namespace, "after");
    await client.remove(configMaps, { namespace, name: "before" });
    await converged(client);
    expect(store.keys()).toEqual([`${namespace}/after`]);
  });

  test("history dropped while nobody watched: 410, a new list, and nothing missed", async () => {
    const namespace = await createNamespace(plane);
    const { reflector, converged, errors, told } = startReflecting(through, configMaps, {
      namespace,
      atEnd: onTestFinished,
    });
    await reflector.synced;
    const old = await put(namespace, "a");
    await put(namespace, "stays");
    await converged(client);
    proxy.refuse();
    proxy.cut();
    onTestFinished(() => proxy.accept());
    await client.remove(configMaps, old.metadata);
    await put(namespace, "a", "made anew");
    await plane.compact();
    await plane.kill("apiserver"); // its watch cache would still remember
    await plane.start();
    proxy.accept();
    await converged(client);
    expect(errors.some(isGone)).toBe(true);
    expect(told).toEqual(["add a", "add stays", "delete a", "add a"]);
  });

  test("frozen (SIGSTOP): calls end at their time limit, watches at the idle time, and all goes on after", async () => {
    const namespace = await createNamespace(plane);
    const { reflector, converged, errors } = startReflecting(through, configMaps, {
      namespace,
      atEnd: onTestFinished,
      idleTimeoutMs: 500,
    });
    await reflector.synced;
    plane.signal("apiserver", "SIGSTOP");
    onTestFinished(() => plane.signal("apiserver", "SIGCONT"));
    const refused = await through.get(configMaps, { namespace, name: "a" }, { timeoutMs: 300 }).catch((error) => error);
    expect(refused).toMatchObject({ reason: "Timeout" });
    await eventually("the silence is noticed", () => errors.length > 0);
    plane.signal("apiserver", "SIGCONT");
    await put(namespace, "a");
    await converged(client);
  });

  test("etcd killed with the server: both come back with the data, and the watch goes on", async () => {
    const namespace = await createNamespace(plane);
    const { reflector, converged, store } = startReflecting(through, configMaps, { namespace, atEnd: onTestFinished });
    await reflector.synced;
    await put(namespace, "a");
    await converged(client);
    await plane.kill();
    await plane.start();
    await put(namespace, "b");
    await converged(client);
    expect(store.size).toBe(2);
  });
});
