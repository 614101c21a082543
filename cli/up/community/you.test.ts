import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Member, members } from "../../../operator/apis/member.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { memoryClient } from "./memory-client.fixture.ts";
import { issueKey, you } from "./you.ts";

function world() {
  const secrets = mkdtempSync(join(tmpdir(), "commonhold-you-"));
  onTestFinished(() => rmSync(secrets, { recursive: true }));
  const client = memoryClient();
  const clock = new ManualClock(0);
  const person = you(secrets);
  const at = `${members.plural}/${person.name}`;
  let why: string | undefined;
  return {
    ...{ secrets, client, clock, person },
    member: () => client.objects.get(at) as unknown as Member | undefined,
    put: (spec: object) => void client.objects.set(at, { metadata: { name: person.name }, spec } as never),
    because: (text: string) => {
      why = text;
    },
    issue: () =>
      issueKey(client, person, { clock, deadlineMs: 1_000, why: () => why, signal: new AbortController().signal }),
  };
}

test("name and key are made once", () => {
  const { secrets, person } = world();
  expect(you(secrets)).toEqual(person);
  expect(person.key).toMatch(/^ch_[A-Za-z0-9]{8}_/);
});

test("the key waits for the member, and then only its hash is written, in keys alone", async () => {
  const { clock, issue, put, member, person } = world();
  const issued = issue();
  await clock.advance(500);
  put({ roles: ["member"] });
  await clock.advance(500);
  await issued;
  const sha256 = createHash("sha256").update(person.key).digest("hex");
  expect(member()?.spec).toEqual({ keys: [{ id: "this-machine", prefix: person.key.slice(0, 11), sha256 }] });
});

test("a member who has the key already is left alone", async () => {
  const { issue, put, member, person } = world();
  const sha256 = createHash("sha256").update(person.key).digest("hex");
  const spec = { roles: ["member"], keys: [{ id: "this-machine", prefix: "ch_x", sha256 }] };
  put(spec);
  await issue();
  expect(member()?.spec).toEqual(spec);
});

test.each([
  ["in governance's own words", "rollout: the API server refuses Member root", "refuses Member root"],
  ["or by where a member comes from", undefined, "members.yaml of the policy repository has no such member"],
])("a member that does not come is named, with the reason %s", async (_, why, said) => {
  const { clock, issue, because, person } = world();
  if (why !== undefined) because(why);
  const refused = expect(issue()).rejects.toThrow(
    new RegExp(`^there is no Member ${person.name} after 1 s: .*${said}`),
  );
  await clock.advance(1_500);
  await refused;
});
