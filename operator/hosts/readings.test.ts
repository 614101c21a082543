import { describe, expect, test } from "vitest";
import type { ModelHostSpec } from "../apis/model-host.ts";
import { KubeError } from "../kube/errors.ts";
import type { SecretReading } from "./endpoint.ts";
import { defaultHostLimits as limits } from "./limits.ts";
import { Readings } from "./readings.ts";

const direct = { url: "https://gpu1.example.org", bearerToken: { name: "gpu1", key: "token" } };
const spec = { endpoint: { direct } } as ModelHostSpec;
const signal = new AbortController().signal;
const found: SecretReading = { kind: "Found", data: { token: "dG9rZW4=" } };
const secret = { data: { token: "dG9rZW4=" } };
const forbidden = new KubeError('secrets "gpu1" is forbidden', { status: 403, reason: "Forbidden" });
const away = new KubeError("connection refused", { reason: "ConnectionFailed" });

/** What is known of the Secret after each answer, each time when it is too old. */
async function readingsAfter(...answers: readonly unknown[]): Promise<(SecretReading | undefined)[]> {
  const left = [...answers];
  const get = async (): Promise<never> => {
    const answer = left.shift();
    if (answer instanceof Error) throw answer;
    return answer as never;
  };
  const readings = new Readings({ client: { get }, secretNamespace: "system", limits });
  const seen: (SecretReading | undefined)[] = [];
  for (const [at] of answers.entries()) {
    await readings.refresh(spec, at * (limits.secretAgeMaxMs + 1), false, signal);
    seen.push(readings.secrets.get("gpu1"));
  }
  return seen;
}

describe("a Secret that a host names", () => {
  test("is kept while the API server is away", async () => {
    expect(await readingsAfter(secret, away)).toEqual([found, found]);
  });

  test("that may not be read is told apart from one that could not be", async () => {
    expect(await readingsAfter(forbidden)).toEqual([{ kind: "Forbidden" }]);
    expect(await readingsAfter(away)).toEqual([{ kind: "Unreadable", message: "connection refused" }]);
  });

  test("that may not be read any more is forgotten, and read again once it may be", async () => {
    expect(await readingsAfter(secret, forbidden, secret)).toEqual([found, { kind: "Forbidden" }, found]);
  });

  test("that is not there is missing", async () => {
    expect(await readingsAfter(undefined)).toEqual([{ kind: "NotFound" }]);
  });
});
