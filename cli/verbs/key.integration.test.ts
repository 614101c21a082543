/** Keys issued, listed and revoked in a real cluster in which a community governs, by who may and by who may not. */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { authenticate, type Principal } from "../../api/members/authenticate.ts";
import { keyPrefix } from "../../api/members/key.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import { secrets } from "../../operator/kube/builtin-types.ts";
import { apply } from "../../test/enforcement/objects.ts";
import { type Person, people, root, test, type World } from "../../test/enforcement/world.ts";
import { failureLines } from "../display/failure-text.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { type IssueFlags, issue, list, revoke } from "./key.ts";

const now = Date.parse("2026-11-28T10:00:00Z");
const dayMs = 86_400_000;

/** The verbs as one person calls them. */
function callsOf(world: World, who: Person) {
  const said: string[] = [];
  const keys: string[] = [];
  const around: Surroundings = {
    env: {},
    cwd: "/",
    clock: new ManualClock(now),
    signal: new AbortController().signal,
    say: (...lines) => void said.push(...lines),
  };
  const where = { kubeconfig: world.plane.kubeconfig(people[who]) };
  const outlet = { random: randomBytes, writeKey: (key: string) => void keys.push(key) };
  return {
    ...{ said, keys },
    issue: (member: string, flags: Partial<IssueFlags> = {}) =>
      issue(member, { ...where, namespace: systemNamespace, ...flags }, around, outlet),
    list: (member?: string) => list(member, where, around),
    revoke: (member: string, name: string) => revoke(member, name, where, around),
  };
}

/** As a person reads it, the causes too. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error("it was done"),
    (reason: unknown) => reason,
  );
  return failureLines(error).join("\n");
}

async function memberOf(world: World, name: string): Promise<Member> {
  const member = await world.as("admin").get<Member>(members, { name });
  if (!member) throw new Error(`no Member ${name}`);
  return member;
}

/** Whom the gateway takes the key for, at a time. */
async function principal(world: World, name: string, key: string, at = now): Promise<Principal | string> {
  const member = await memberOf(world, name);
  const entries = (member.spec.keys ?? []).map((one) => [one.prefix, [{ member, key: one }]] as const);
  const index = { byPrefix: new Map(entries), bySshKey: new Map() };
  const answer = authenticate({ kind: "key", key }, index, at);
  return "member" in answer ? answer : answer.code;
}

async function newMember(world: World, name: string): Promise<void> {
  await apply({ kind: "Member", name }, { displayName: name, roles: ["member"] })(world.as("governance"));
}

describe("a key that is issued", () => {
  test("is one that the gateway takes, and the only thing that is written where a program reads", async ({ world }) => {
    await newMember(world, "ida");
    const { issue, keys, said } = callsOf(world, "keyIssuer");
    await issue("ida", { name: "laptop", expires: 90 * dayMs });
    expect(keys).toHaveLength(1);
    expect(await principal(world, "ida", keys[0]!)).toMatchObject({ member: "ida", keyId: "laptop" });
    expect(await principal(world, "ida", keys[0]!, now + 90 * dayMs)).toBe("key_expired");
    expect(said.join("\n")).toContain("Key laptop of ida is good until 2027-02-26T10:00:00Z");
    expect(said.join("\n")).not.toContain(keys[0]);
  });

  test("stays when governance applies the member anew, and governance does not own it", async ({ world }) => {
    await newMember(world, "kurt");
    const { issue, keys } = callsOf(world, "keyIssuer");
    await issue("kurt", { name: "laptop" });
    await apply({ kind: "Member", name: "kurt" }, { displayName: "Kurt", roles: ["member"] })(world.as("governance"));
    expect((await memberOf(world, "kurt")).spec.displayName).toBe("Kurt");
    expect(await principal(world, "kurt", keys[0]!)).toMatchObject({ member: "kurt" });
    const { managedFields = [] } = (await memberOf(world, "kurt")).metadata as unknown as {
      managedFields?: { manager: string; fieldsV1: object }[];
    };
    const owners = managedFields.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes("f:keys"));
    expect(owners.map(({ manager }) => manager)).toEqual(["commonhold-cli-keys"]);
  });

  test("without a name is the next one, and takes nothing from those before", async ({ world }) => {
    await newMember(world, "lise");
    const { issue, keys } = callsOf(world, "keyIssuer");
    for (const name of ["key-2", undefined, undefined]) await issue("lise", name === undefined ? {} : { name });
    const ids = await Promise.all(keys.map((key) => principal(world, "lise", key)));
    expect(ids).toMatchObject([{ keyId: "key-2" }, { keyId: "key-1" }, { keyId: "key-3" }]);
  });

  test("is as narrow as it was asked to be", async ({ world }) => {
    await newMember(world, "max");
    const { issue, keys } = callsOf(world, "admin");
    await issue("max", { scope: ["inference"], deployment: ["community/mind"] });
    const narrow = { scopes: ["inference"], deployments: new Set(["community/mind"]) };
    expect(await principal(world, "max", keys[0]!)).toMatchObject(narrow);
  });

  test("is not lost where several are issued at once", async ({ world }) => {
    await newMember(world, "otto");
    const { issue, keys } = callsOf(world, "keyIssuer");
    await Promise.all(["a", "b", "c"].map((name) => issue("otto", { name })));
    expect((await memberOf(world, "otto")).spec.keys?.map(({ id }) => id).sort()).toEqual(["a", "b", "c"]);
    expect(new Set(keys).size).toBe(3);
  });

  test("for somebody who is suspended is said to be refused as yet", async ({ world }) => {
    await apply({ kind: "Member", name: "sus" }, { suspended: true })(world.as("governance"));
    const { issue, keys, said } = callsOf(world, "keyIssuer");
    await issue("sus");
    expect(said.join("\n")).toContain("sus is suspended: every key is refused until that ends");
    expect(await principal(world, "sus", keys[0]!)).toBe("member_suspended");
  });

  test("goes into a Secret and is printed nowhere, for helm test and Prometheus", async ({ world }) => {
    await newMember(world, "robot");
    const { issue, keys, said } = callsOf(world, "admin");
    await issue("robot", { toSecret: "commonhold-test-key" });
    expect(keys).toEqual([]);
    expect(said.join("\n")).toContain(`is in Secret ${systemNamespace}/commonhold-test-key`);
    const secret = await world.as("admin").get(secrets, { name: "commonhold-test-key", namespace: systemNamespace });
    const key = Buffer.from(secret?.data?.["key"] ?? "", "base64").toString();
    expect(said.join("\n")).not.toContain(key);
    expect(await principal(world, "robot", key)).toMatchObject({ member: "robot" });
  });
});

describe("no key is issued", () => {
  test("to somebody whom nobody knows; who is meant is named", async ({ world }) => {
    await newMember(world, "quentin");
    expect(await refusalOf(callsOf(world, "keyIssuer").issue("quentim"))).toBe(
      "there is no Member quentim: did you mean quentin?",
    );
    expect(await refusalOf(callsOf(world, "keyIssuer").issue("zzyzxzzyzx"))).toBe(
      "there is no Member zzyzxzzyzx: `commonhold key list` shows who there is",
    );
  });

  test("under a name that is taken", async ({ world }) => {
    await newMember(world, "dup");
    const { issue, keys } = callsOf(world, "keyIssuer");
    await issue("dup", { name: "laptop" });
    expect(await refusalOf(issue("dup", { name: "laptop" }))).toBe(
      "dup has a key laptop already: give another --name, or revoke that one first",
    );
    expect(keys).toHaveLength(1);
  });

  test("beyond the 32 that a member may have", async ({ world }) => {
    await newMember(world, "hoard");
    const many = Array.from({ length: 32 }, (_, at) => ({
      id: `k${at}`,
      prefix: `ch_${String(at).padStart(8, "0")}`,
      sha256: String(at).padStart(64, "0"),
    }));
    await world.as("keyIssuer").patch(members, { name: "hoard" }, { spec: { keys: many } });
    expect(await refusalOf(callsOf(world, "keyIssuer").issue("hoard"))).toBe(
      "hoard has 32 keys already, and 32 are the most: revoke one first",
    );
  });

  test("that would let nobody ask anything: the kind says why", async ({ world }) => {
    await newMember(world, "mute");
    const call = callsOf(world, "admin").issue("mute", { scope: ["models"], deployment: ["community/mind"] });
    expect(await refusalOf(call)).toMatch(
      /the keys of mute cannot be like that\nbecause: .*its scopes let it ask nothing/,
    );
  });

  test("by who may change every member but issue no keys: the right is named, and what the server said", async ({
    world,
  }) => {
    await newMember(world, "nora");
    const { issue, keys } = callsOf(world, "clusterEditor");
    const refusal = await refusalOf(issue("nora"));
    expect(refusal).toContain("it takes the right to patch members and update members/keys (commonhold.dev)");
    expect(refusal).toContain("--clusterrole=commonhold-key-issuer");
    expect(refusal).toMatch(/because: .*spec\.keys is written by who may update members\/keys/);
    expect(keys).toEqual([]);
    expect((await memberOf(world, "nora")).spec.keys).toBeUndefined();
  });

  test("by who may not even see members", async ({ world }) => {
    expect(await refusalOf(callsOf(world, "editor").issue("ada"))).toContain("it takes the right to list members");
  });

  test("where its Secret cannot be made, there already or not allowed", async ({ world }) => {
    await newMember(world, "pia");
    const place = { name: "taken-key", namespace: systemNamespace };
    await world.as("admin").create(secrets, { metadata: place });
    expect(await refusalOf(callsOf(world, "admin").issue("pia", { toSecret: "taken-key" }))).toContain(
      `there is a Secret taken-key in ${systemNamespace} already: give another name, or kubectl -n ${systemNamespace} delete secret taken-key`,
    );
    expect(await refusalOf(callsOf(world, "keyIssuer").issue("pia", { toSecret: "pias" }))).toContain(
      `you may not put a Secret into ${systemNamespace}`,
    );
    expect(await refusalOf(callsOf(world, "admin").issue("pia", { toSecret: "pias", namespace: "nowhere" }))).toContain(
      "there is no namespace nowhere",
    );
    expect((await memberOf(world, "pia")).spec.keys).toBeUndefined();
  });

  test("where the file that names the cluster is not there", async ({ world }) => {
    const { issue } = callsOf(world, "admin");
    expect(await refusalOf(issue("ada", { kubeconfig: "/nowhere/config" }))).toContain(
      "cannot read the kubeconfig /nowhere/config: ENOENT",
    );
  });
});

describe("keys", () => {
  test("are listed by name and times, never by what they are", async ({ world }) => {
    await newMember(world, "tove");
    const issuer = callsOf(world, "keyIssuer");
    await issuer.issue("tove", { name: "phone", expires: dayMs });
    const { list, said } = callsOf(world, "keyIssuer");
    await list("tove");
    const [heading, line] = said;
    expect(heading).toMatch(/^MEMBER +NAME +BEGINS +MADE +EXPIRES +FOR$/);
    const key = issuer.keys[0]!;
    expect(line).toBe(
      `tove    phone  ${keyPrefix(key)}  2026-11-28T10:00:00Z  2026-11-29T10:00:00Z  inference,embeddings,models`,
    );
    expect(said.join()).not.toContain(key);
  });

  test("of nobody are listed with who has none", async ({ world }) => {
    await newMember(world, "uma");
    const { list, said } = callsOf(world, "keyIssuer");
    await list("uma");
    expect(said.at(-1)).toBe("Without a key: uma");
    expect(await refusalOf(list("umma"))).toBe("there is no Member umma");
  });

  test("are revoked one by one, and the others hold", async ({ world }) => {
    await newMember(world, "vera");
    const { issue, revoke, keys, said } = callsOf(world, "keyIssuer");
    await issue("vera", { name: "laptop" });
    await issue("vera", { name: "phone" });
    await revoke("vera", "laptop");
    expect(await principal(world, "vera", keys[0]!)).toBe("key_unknown");
    expect(await principal(world, "vera", keys[1]!)).toMatchObject({ keyId: "phone" });
    expect(said.at(-1)).toContain("Key laptop of vera is revoked");
    await revoke("vera", "phone");
    expect((await memberOf(world, "vera")).spec.keys).toBeUndefined();
  });

  test("that another tool applied are revoked too", async ({ world }) => {
    await newMember(world, "wim");
    const keys = [{ id: "theirs", prefix: "ch_theirs00", sha256: "7".repeat(64) }];
    await world
      .as("keyIssuer")
      .apply<Member>(members, { metadata: { name: "wim" }, spec: { keys } } as never, { fieldManager: "another-tool" });
    await callsOf(world, "keyIssuer").revoke("wim", "theirs");
    expect((await memberOf(world, "wim")).spec.keys).toBeUndefined();
  });

  test("that are not there are not revoked: what there is is named", async ({ world }) => {
    await newMember(world, "xena");
    const { issue, revoke } = callsOf(world, "keyIssuer");
    expect(await refusalOf(revoke("xena", "laptop"))).toBe("xena has no key laptop: there is none");
    await issue("xena", { name: "laptop" });
    expect(await refusalOf(revoke("xena", "laptpo"))).toBe("xena has no key laptpo: did you mean laptop?");
    expect(await refusalOf(revoke("xena", "zzz"))).toBe("xena has no key zzz: there are laptop");
    expect(await refusalOf(revoke("xeno", "laptop"))).toContain("did you mean xena?");
  });

  test("are not revoked by who may not issue them", async ({ world }) => {
    await newMember(world, "yuri");
    await callsOf(world, "keyIssuer").issue("yuri", { name: "laptop" });
    expect(await refusalOf(callsOf(world, "clusterEditor").revoke("yuri", "laptop"))).toContain("update members/keys");
    expect((await memberOf(world, "yuri")).spec.keys).toHaveLength(1);
  });
});

describe("as a program", { timeout: 180_000 }, () => {
  test.beforeAll(() => {
    // Compiles what was edited since.
    execFileSync(process.execPath, [join(root, "cli/commonhold.mjs"), "--version"], { stdio: "ignore" });
  }, 180_000);

  function run(world: World, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const env = { PATH: process.env["PATH"], KUBECONFIG: world.plane.adminKubeconfigPath };
    return new Promise((resolve) => {
      const call = [join(root, "dist/cli/main.js"), "key", ...args];
      execFile(process.execPath, call, { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
  }

  test("KEY=$(commonhold key issue ada) has the key alone; words are beside it", async ({ world }) => {
    await newMember(world, "zoe");
    const { code, stdout, stderr } = await run(world, "issue", "zoe", "--name", "laptop", "--expires", "4w");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ch_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}\n$/);
    expect(stderr).toMatch(/^Key laptop of zoe is good until 20/);
  });

  test("nothing is in its place where there is none: why is said beside it", async ({ world }) => {
    const { code, stdout, stderr } = await run(world, "issue", "nobody-of-ours");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("there is no Member nobody-of-ours");
  });

  const refused: [args: string[], words: string][] = [
    [["issue", "zoe", "--expires", "soon"], "Write a whole number and h, d or w"],
    [["issue", "zoe", "--name", "My Laptop"], "Write at most 63 small letters"],
    [["issue", "zoe", "--scope", "everything"], "Allowed choices are inference, embeddings, models"],
    [["issue"], "missing required argument 'member'"],
    [["revoke", "zoe"], "missing required argument 'name'"],
  ];
  for (const [args, words] of refused) {
    test(`key ${args.join(" ")} is refused before anything is asked`, async ({ world }) => {
      const { code, stdout, stderr } = await run(world, ...args);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(words);
    });
  }
});
