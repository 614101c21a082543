import { describe, expect, test } from "vitest";
import { EngineError } from "../engines/error.ts";
import { HostUnavailable } from "../hosts/view.ts";
import { ModelError } from "../models/model-error.ts";
import type { TaskStep } from "./command.ts";
import { DigestDiffers, failureOf } from "./failure.ts";

const load: TaskStep = { kind: "Load", served: "commonhold/m:1", context: 1 };
const pull: TaskStep = {
  kind: "Pull",
  reference: "m",
  name: "m:latest",
  digest: "sha256:a",
  insecure: false,
  holdAs: "commonhold/chat-5f3a9c01:b-2ab46a81f0c3",
  expected: [],
};

describe("a failed step", () => {
  test.each<[string, TaskStep, unknown, string, string]>([
    ["another digest", pull, new DigestDiffers("x"), "retry", "DigestMismatch"],
    ["a host that is away", pull, new EngineError("Unreachable", "x"), "retry", "HostUnreachable"],
    ["a host without a way to it", pull, new HostUnavailable("h", "NoTunnel", "x"), "retry", "HostUnreachable"],
    ["a full disk", pull, new EngineError("DiskFull", "x"), "retry", "DiskFull"],
    ["a pull that stalled", pull, new EngineError("Stalled", "x"), "retry", "PullFailed"],
    ["too little memory", load, new EngineError("OutOfMemory", "x"), "retry", "OutOfMemory"],
    ["a model that is gone", load, new EngineError("ModelNotFound", "x"), "moved", "Waiting"],
    [
      "an architecture the engine does not know",
      load,
      new EngineError("NotSupported", "x"),
      "refused",
      "UnsupportedModel",
    ],
    ["an engine that is too old", pull, new EngineError("TooOld", "x"), "refused", "HostTooOld"],
    ["a file with other content", load, new ModelError("DigestMismatch", "x"), "retry", "FileRefused"],
    ["anything else, by its step", load, new Error("x"), "retry", "LoadFailed"],
    ["what is no error at all", pull, "x", "retry", "PullFailed"],
  ])("%s", (_, step, error, kind, reason) => {
    expect(failureOf({ step, host: "host-a" }, error)).toMatchObject({ kind, reason });
  });

  test("carries the host's words, bounded, without what would obey a terminal", () => {
    const error = new EngineError("HostFailed", "loading failed", { hostSaid: `\u001b[31m${"x".repeat(2000)}` });
    const { message } = failureOf({ step: load, host: "host-a" }, error);
    expect(message).toContain("host-a: loading failed (the host said: \\x1b[31mxxx");
    expect(message.length).toBeLessThan(1500);
  });
});
