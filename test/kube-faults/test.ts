/**
 * `test` for the plumbing against a real API server: a client, proxies that are closed in the end, and a check that the
 * test left no socket, listener or timer behind.
 */

import { systemClock } from "../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFor } from "../../operator/kube/kubeconfig.ts";
import type { TransportOptions } from "../../operator/kube/transport.ts";
import { test as base } from "../control-plane/test.ts";
import { type HttpFaultProxy, startHttpFaultProxy } from "./http-proxy.ts";
import { watchLeaks } from "./leaks.ts";
import { addressOf, startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export { eventually } from "./eventually.ts";
export { installWidgets, type Widget, widget, widgets } from "./widget.ts";

/** A client of a test, closed when the test ends; by default the admin's, straight to the server. */
export type ClientMaker = (
  through?: { url: string },
  options?: Partial<TransportOptions> & { token?: string },
) => KubeClient;

export type AtEnd = (end: () => void | Promise<void>) => void;

export const test = base
  .extend("noLeaks", { auto: true }, async ({ plane: _ }, { onCleanup }) => {
    const leaks = watchLeaks();
    onCleanup(() => leaks.end());
    return true;
  })
  .extend("clientFor", async ({ plane, noLeaks: _ }, { onCleanup }): Promise<ClientMaker> => {
    const clients: KubeClient[] = [];
    onCleanup(async () => {
      await Promise.all(clients.map((client) => client.close()));
    });
    return (through, { token = plane.token("admin"), ...options } = {}) => {
      const url = through?.url ?? plane.url;
      const auth = { token, ca: plane.authority };
      const client = createKubeClient(kubeConfigFor(url, auth), { clock: systemClock, ...options });
      clients.push(client);
      return client;
    };
  })
  /** Registers what must end before the clients close and leaks are looked for (vitest's onTestFinished comes after). */
  .extend("atEnd", async ({ clientFor: _ }, { onCleanup }): Promise<AtEnd> => {
    const ends: (() => void | Promise<void>)[] = [];
    onCleanup(async () => {
      for (const end of ends.reverse()) await end();
    });
    return (end) => void ends.push(end);
  })
  .extend("client", ({ clientFor }): KubeClient => clientFor())
  .extend("httpProxy", async ({ plane, noLeaks: _ }, { onCleanup }): Promise<HttpFaultProxy> => {
    const proxy = await startHttpFaultProxy(plane);
    onCleanup(() => proxy.close());
    return proxy;
  })
  .extend("tcpProxy", async ({ plane, noLeaks: _ }, { onCleanup }): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(() => addressOf(plane.url));
    onCleanup(() => proxy.close());
    return proxy;
  });
