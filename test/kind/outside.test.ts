/** The door into the cluster. */
import { expect, test } from "vitest";
import { door, type InnerService } from "./outside.ts";

const inner: InnerService = {
  metadata: { name: "commonhold-gateway", namespace: "commonhold-system", uid: "1f" },
  spec: { selector: { "app.kubernetes.io/name": "gateway" }, ports: [{ port: 11_435, targetPort: "http" }] },
};

test("leads to the same pods and port, and goes when the Service goes", () => {
  expect(door(inner, 11_435)).toMatchObject({
    metadata: { namespace: "commonhold-system", ownerReferences: [{ name: "commonhold-gateway", uid: "1f" }] },
    spec: {
      type: "NodePort",
      selector: inner.spec.selector,
      ports: [{ port: 11_435, targetPort: "http", nodePort: 30_435 }],
    },
  });
});

test("is not made to a port that the Service does not have", () => {
  expect(() => door(inner, 80)).toThrow("Service commonhold-system/commonhold-gateway has no port 80");
});
