import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect } from "vitest";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { errorOf } from "../../test/kube-faults/error-of.ts";
import { addressOf } from "../../test/kube-faults/tcp-proxy.ts";
import { type AtEnd, test } from "../../test/kube-faults/test.ts";
import { systemClock } from "../clock/system.ts";
import { configMaps } from "./builtin-types.ts";
import { createKubeClient, type KubeClient } from "./client.ts";

type ClusterFields = Partial<ReturnType<KubeConfig["getClusters"]>[number]>;

function clientWith(plane: ControlPlane, cluster: ClusterFields): KubeClient {
  const config = new KubeConfig();
  const server = { name: "c", server: plane.url, skipTLSVerify: false, ...cluster };
  config.loadFromClusterAndUser(server, { name: "u", token: plane.token("admin") });
  return createKubeClient(config, { clock: systemClock });
}

/** A proxy of the kind that kubeconfig's `proxy-url` names; gives its URL and what it was asked to connect to. */
async function startConnectProxy(atEnd: AtEnd): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer().on("connect", (request, client: Socket) => {
    asked.push(request.url ?? "");
    const server = connect(addressOf(`https://${request.url}`), () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    for (const socket of [client, server]) sockets.add(socket.on("error", () => undefined));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
  return { url: `http://127.0.0.1:${(proxy.address() as { port: number }).port}`, asked };
}

describe("connections", () => {
  test("through the proxy that the kubeconfig names, TLS checked against the server beyond it", async ({
    plane,
    namespace,
    atEnd,
  }) => {
    const proxy = await startConnectProxy(atEnd);
    const client = clientWith(plane, { proxyUrl: proxy.url, caData: Buffer.from(plane.authority).toString("base64") });
    expect((await client.list(configMaps, { namespace })).items).toEqual([]);
    await client.close();
    expect(new Set(proxy.asked)).toEqual(new Set([new URL(plane.url).host]));
  });

  test("a server whose certificate the kubeconfig does not vouch for gets nothing, not even the token", async ({
    plane,
    namespace,
  }) => {
    const client = clientWith(plane, {});
    const error = await errorOf(client.list(configMaps, { namespace }));
    await client.close();
    expect(error.reason).toBe("ConnectionFailed");
    expect(error.message).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO/);
  });

  test("insecure-skip-tls-verify is obeyed", async ({ plane, namespace }) => {
    const client = clientWith(plane, { skipTLSVerify: true });
    expect((await client.list(configMaps, { namespace })).items).toEqual([]);
    await client.close();
  });

  test("an authority that was replaced on disk is taken up after a refusal, without a restart", async ({
    plane,
    namespace,
    atEnd,
  }) => {
    const directory = mkdtempSync(join(tmpdir(), "kube-ca-"));
    atEnd(() => rmSync(directory, { recursive: true, force: true }));
    const caFile = join(directory, "ca.crt");
    const other = "-----BEGIN CERTIFICATE-----\nMIIBfake\n-----END CERTIFICATE-----\n";
    writeFileSync(caFile, other);
    let later = 0;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "c", server: plane.url, skipTLSVerify: false, caFile },
      { name: "u", token: plane.token("admin") },
    );
    const client = createKubeClient(config, { clock: { ...systemClock, now: () => systemClock.now() + later } });
    expect((await errorOf(client.list(configMaps, { namespace }))).reason).toBe("ConnectionFailed");
    writeFileSync(caFile, plane.authority);
    later = 11_000;
    expect((await client.list(configMaps, { namespace })).items).toEqual([]);
    await client.close();
  });
});
