/** GitHub's notices to governance through the chart: taken where somebody wants them, by a way in that leads to nothing else. */
import { expect, test } from "vitest";
import { webhookPath } from "../../governance/webhooks/github-webhooks.ts";
import { type Manifest, renderedObjects } from "./helm.ts";
import { environmentOf, podsOf } from "./pods.ts";

const app = { repository: "friends/policy", repositoryId: "github:42", appId: "7", secret: "github-app" };
const ingress = { enabled: true, host: "hooks.friends.example", tlsSecret: "hooks-tls", className: "nginx" };
const httpRoute = { enabled: true, gateway: { name: "edge" }, hostnames: ["hooks.friends.example"] };

async function rendered(github: object): Promise<Manifest[]> {
  const policy = { genesis: "1".repeat(40) };
  return renderedObjects({ governance: { enabled: true, forge: "github", policy, github } });
}

const waysIn = (objects: readonly Manifest[]): Manifest[] =>
  objects.filter(({ kind }) => ["Ingress", "HTTPRoute"].includes(kind));
const secretFile = (objects: readonly Manifest[]): string | undefined =>
  environmentOf(objects, "governance")?.["COMMONHOLD_WEBHOOK_SECRET_FILE"];

test("an App without a webhook needs no secret of one, and nobody comes in", async () => {
  const objects = await rendered(app);
  expect(secretFile(objects)).toBeUndefined();
  expect(environmentOf(objects, "governance")).toMatchObject({
    COMMONHOLD_GITHUB_APP_KEY_FILE: "/secrets/github/app-key",
  });
  expect(waysIn(objects)).toEqual([]);
});

test.each<[string, object]>([
  ["an App", app],
  ["a token", { ...app, appId: "" }],
])("%s with one has its secret from the same Secret", async (_, github) => {
  const objects = await rendered({ ...github, webhook: { enabled: true } });
  const [mount] = (
    podsOf(objects).find(({ metadata }) => metadata.labels["app.kubernetes.io/name"] === "governance")?.spec
      .containers[0].volumeMounts ?? []
  ).filter(({ name }: { name: string }) => name === "github");
  expect(secretFile(objects)).toBe(`${mount.mountPath}/webhook-secret`);
  expect(waysIn(objects)).toEqual([]);
});

test("an Ingress leads to that one path of governance, and the gateway has none of it", async () => {
  const [way, ...others] = waysIn(await rendered({ ...app, webhook: { enabled: true, ingress } }));
  expect(others).toEqual([]);
  expect(way?.["spec"]).toEqual({
    ingressClassName: "nginx",
    tls: [{ hosts: ["hooks.friends.example"], secretName: "hooks-tls" }],
    rules: [
      {
        host: "hooks.friends.example",
        http: {
          paths: [
            {
              path: webhookPath,
              pathType: "Exact",
              backend: { service: { name: "commonhold-governance", port: { name: "http" } } },
            },
          ],
        },
      },
    ],
  });
});

test("a route of the Gateway API likewise, to a port that the Service has", async () => {
  const objects = await rendered({ ...app, webhook: { enabled: true, httpRoute } });
  const [way, ...others] = waysIn(objects);
  expect(others).toEqual([]);
  const [{ matches, backendRefs }] = way?.["spec"].rules ?? [{}];
  expect(matches).toEqual([{ path: { type: "Exact", value: webhookPath } }]);
  const service = objects.find(({ kind, metadata }) => kind === "Service" && metadata.name === "commonhold-governance");
  expect(backendRefs).toEqual([{ name: service?.metadata.name, port: service?.["spec"].ports[0].port }]);
});
