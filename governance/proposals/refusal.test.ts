import { describe, expect, test } from "vitest";
import { KubeError, type KubeErrorFields } from "../../operator/kube/errors.ts";
import { refusalOf } from "./refusal.ts";

const deployment = { kind: "ModelDeployment", namespace: "community", name: "a" };
const host = { kind: "ModelHost", name: "a" };
const path = "PATCH /apis/commonhold.dev/v1alpha1/namespaces/community/modeldeployments/a";
const error = (message: string, fields: Partial<KubeErrorFields>) =>
  new KubeError(`${path}: ${message}`, { reason: "x", ...fields });

describe("a no of the API server becomes a sentence", () => {
  test.each([
    [
      "the fields that it is about, without the object",
      error("… is invalid", {
        status: 422,
        causes: [
          { field: "spec.model", message: 'Invalid value: "object": set exactly one of model.ollama, model.files' },
          { field: "spec.memory", message: 'Invalid value: "6": "6" is less than 1 MiB' },
        ],
      }),
      'spec.model: set exactly one of model.ollama, model.files; spec.memory: "6" is less than 1 MiB',
    ],
    [
      "three of many",
      error("… is invalid", {
        status: 422,
        causes: Array.from({ length: 5 }, (_, i) => ({ field: `f${i}`, message: "no" })),
      }),
      "f0: no; f1: no; f2: no; and 2 more",
    ],
    [
      "a cause without a field",
      error("…", { status: 422, causes: [{ field: "<nil>", message: "Invalid value: null: no" }] }),
      "no",
    ],
    [
      "what a policy of the cluster says, without our request",
      error('modeldeployments "a" is forbidden: only governance may write here', { status: 403 }),
      'modeldeployments "a" is forbidden: only governance may write here',
    ],
    ["a conflict", error("object is being deleted", { status: 409 }), "object is being deleted"],
    ["words from outside without what a terminal obeys", error("\u001b[31mno", { status: 400 }), "\\x1b[31mno"],
  ])("%s", (_, refusal, sentence) => {
    expect(refusalOf(refusal, deployment)).toBe(sentence);
  });

  test("what is not there is the namespace or the kind", () => {
    const missing = error("the server could not find the requested resource", { status: 404 });
    expect(refusalOf(missing, deployment)).toBe(
      "the cluster has no namespace community, or does not know the kind ModelDeployment yet; whoever runs it has to add it first",
    );
    expect(refusalOf(missing, host)).toBe(
      "the cluster does not know the kind ModelHost yet; whoever runs it has to add it first",
    );
  });
});

describe("no answer is no refusal", () => {
  test.each([
    ["no connection", error("connect ECONNREFUSED", {})],
    ["a server's own error", error("boom", { status: 500 })],
    ["too many questions", error("slow down", { status: 429 })],
    ["a timeout", error("gone", { status: 504 })],
    ["a token that is not known", error("who are you", { status: 401 })],
    ["another error", new TypeError("a bug")],
  ])("%s", (_, given) => {
    expect(refusalOf(given, deployment)).toBeUndefined();
  });
});
