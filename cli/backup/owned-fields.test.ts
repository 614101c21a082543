import { expect, test } from "vitest";
import { ownedParts } from "./owned-fields.ts";

const keys = [
  { id: "laptop", prefix: "ch_a" },
  { id: "phone", prefix: "ch_b" },
];
const member = {
  ...{ apiVersion: "commonhold.dev/v1alpha1", kind: "Member" },
  metadata: {
    name: "alice",
    labels: { a: "1", b: "2" },
    managedFields: [
      {
        manager: "commonhold-governance",
        fieldsV1: {
          "f:metadata": { "f:labels": { "f:a": {} } },
          "f:spec": { "f:roles": { 'v:"member"': {} }, "f:limits": {} },
        },
      },
      {
        manager: "keys",
        fieldsV1: { "f:spec": { "f:keys": { 'k:{"id":"laptop"}': { ".": {}, "f:id": {}, "f:prefix": {} } } } },
      },
      { manager: "keys", fieldsV1: { "f:metadata": { "f:labels": { "f:b": {} } } } },
      { manager: "operator", fieldsV1: { "f:metadata": { "f:finalizers": {} } } },
      { manager: "reader", subresource: "status", fieldsV1: { "f:spec": {} } },
    ],
  },
  spec: { roles: ["member", "maintainer"], limits: { requestsPerMinute: 3 }, keys },
};

test("each manager's part is what it wrote, and who wrote no spec, label or annotation has none", () => {
  expect(ownedParts(member)).toEqual([
    {
      manager: "commonhold-governance",
      metadata: { labels: { a: "1" } },
      spec: { roles: ["member"], limits: { requestsPerMinute: 3 } },
    },
    { manager: "keys", metadata: { labels: { b: "2" } }, spec: { keys: [{ id: "laptop", prefix: "ch_a" }] } },
  ]);
});

test("an object without managed fields has no parts", () => {
  expect(ownedParts({ ...member, metadata: { name: "alice" } })).toEqual([]);
});
