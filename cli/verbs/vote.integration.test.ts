import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Choice } from "../../governance/constitution/snapshot.ts";
import { parseBallot } from "../../governance/forges/git/ballot.ts";
import { formatOpening } from "../../governance/forges/git/opening.ts";
import { openRepository } from "../../governance/git/open.ts";
import { Community, flags, modelText, type Name, Service } from "../policy/community.fixture.ts";
import { withPolicy } from "../policy/mirror.ts";
import { close } from "./close.ts";
import { propose } from "./propose.ts";
import { vote } from "./vote.ts";

let community: Community;
let service: Service;
beforeAll(async () => {
  community = new Community();
  service = await Service.begin(community);
});
afterAll(async () => {
  await service.close();
  community.remove();
});

let count = 0;
async function open(name: Name = "alice", files: Readonly<Record<string, string>> = {}): Promise<string> {
  const clone = community.clone(name);
  const model = `m${count++}`;
  const wanted = Object.keys(files).length > 0 ? files : { [`models/${model}.yaml`]: modelText(model) };
  for (const [path, text] of Object.entries(wanted)) community.write(clone, path, text);
  const around = community.around(name, clone);
  await propose({ ...flags, message: `Add ${model}` }, around);
  return /git:[0-9a-f]{40}\/[0-9a-f]{40}/.exec(around.lines.join("\n"))![0];
}

async function cast(name: Name, id: string, choice: Choice, more: object = {}) {
  const around = community.around(name, community.folder, (more as { answer?: (q: string) => boolean }).answer);
  await vote(id, choice, { ...flags, repository: community.url, ...more }, around);
  return around.lines.join("\n");
}

function ballots(id: string) {
  const opening = id.slice(-40);
  return community.refs(`refs/commonhold/ballots/${opening}/`).map((ref) => {
    const tag = community.git(community.url, "cat-file", "tag", ref);
    return { oid: ref.slice(-40), tag, said: parseBallot(tag.split("\n\n")[1]!.split("\n")[0]!)! };
  });
}

describe("a vote", () => {
  test("is a signed tag that binds to proposal, head and plan, and is cast without a clone", async () => {
    const id = await open();
    const text = await cast("bob", id.slice(-40).slice(0, 8), "yes", { reason: "small" });
    const [ballot] = ballots(id);
    const head = community.ref(`refs/heads/proposals/${id.slice(-40).slice(0, 12)}`)!;
    expect(ballot!.said).toMatchObject({
      proposal: id,
      choice: "yes",
      head,
      emergency: false,
      replaces: [],
      reason: "small",
    });
    expect(ballot!.tag).toContain(
      `object ${head}\ntype commit\ntag commonhold-ballot\ntagger commonhold <ballot@commonhold.invalid> `,
    );
    expect(ballot!.tag).toContain("-----BEGIN SSH SIGNATURE-----");
    expect(text).toMatch(/^Proposal [0-9a-f]{8}: Add m\d+\n {2}by alice\n {2}\+ models\/m\d+\.yaml\nclass routine/);
    expect(text).toMatch(/Your yes is cast: ballot [0-9a-f]{12}/);
  });

  test("again replaces one's own earlier ones, and nobody else's", async () => {
    const id = await open();
    await cast("bob", id, "yes");
    const [first] = ballots(id);
    await cast("carol", id, "no");
    await cast("bob", id, "abstain");
    const last = ballots(id).find(({ said }) => said.choice === "abstain");
    expect(last!.said.replaces).toEqual([first!.oid]);
  });

  test("has the same plan for everybody, and another one after a push", async () => {
    const id = await open();
    await cast("bob", id, "yes");
    await cast("carol", id, "yes");
    const clone = community.clone("alice");
    const branch = `proposals/${id.slice(-40).slice(0, 12)}`;
    community.git(clone, "switch", "--quiet", branch);
    community.write(clone, "models/more.yaml", modelText("more"));
    community.commit(clone, "more");
    community.git(clone, "push", "--quiet", "origin", branch);
    await cast("bob", id, "no");
    const plans = ballots(id).map(({ said }) => [said.choice, said.plan]);
    expect(new Set(plans.map(String)).size).toBe(2);
  });

  test("asks before it signs where somebody can answer, and no is no", async () => {
    const id = await open();
    const questions: string[] = [];
    const answer = (question: string): boolean => questions.push(question) > 1;
    await expect(cast("bob", id, "yes", { yes: false, answer })).rejects.toThrow("nothing was signed");
    expect(ballots(id)).toEqual([]);
    await cast("bob", id, "yes", { yes: false, answer });
    expect(ballots(id)).toHaveLength(1);
    expect(questions).toEqual(["Sign yes to this?", "Sign yes to this?"]);
  });

  test("on a plan that the service shows differently comes with a warning", async () => {
    const id = await open();
    await service.report(id, "pending", "1 yes", { digest: `sha256:${"0".repeat(64)}` });
    expect(await cast("bob", id, "yes")).toContain("shows another plan: wait for it");
  });

  test("while the policy branch holds what nobody ratified says that it is for that, too", async () => {
    const other = new Community();
    try {
      const clone = other.clone("alice");
      other.write(clone, "models/a.yaml", modelText("a"));
      const around = other.around("alice", clone);
      await propose({ ...flags, message: "Add a" }, around);
      const id = /git:\S+/.exec(around.lines.join("\n"))![0];
      other.git(clone, "checkout", "--quiet", "--", ".");
      other.write(clone, "models/pushed.yaml", modelText("pushed"));
      other.git(clone, "add", "models/pushed.yaml");
      other.git(clone, "commit", "--quiet", "-m", "pushed");
      other.git(clone, "push", "--quiet", "origin", "HEAD:main");
      const voter = other.around("bob", clone);
      await vote(id, "yes", flags, voter);
      expect(voter.lines.join("\n")).toMatch(
        /holds changes that nobody ratified, and this vote would be for them too:\n {2}models\/pushed\.yaml/,
      );
    } finally {
      other.remove();
    }
  });
});

describe("words of others", () => {
  test("reach no terminal as they are", async () => {
    const person = await openRepository({ path: `${community.folder}/mallory`, environment: community.env("mallory") });
    try {
      const remote = { url: community.url };
      await person.fetch(remote, ["+refs/heads/*:refs/policy/heads/*"]);
      const main = (await person.resolve("refs/policy/heads/main"))!;
      const path = "models/\u202egpj.yaml";
      const tree = await person.writeTree(main, { [path]: Buffer.from("a: 1\n") });
      const head = await person.writeCommit({ tree, parents: [main], message: "x\n", at: 0 });
      const message = formatOpening({
        ...{ base: main, head, emergency: false, repository: `git:${main}` },
        title: "pay\u200bpal \u202eevil",
        description: "first\n\u2066second\u2069",
      });
      const opening = { object: head, name: "commonhold-opening", message, at: 0, signer: community.keys.mallory };
      const oid = await person.writeTag(opening);
      await person.push(remote, [
        `${oid}:refs/commonhold/openings/${oid}`,
        `${head}:refs/heads/proposals/${oid.slice(0, 12)}`,
      ]);
      const text = await cast("bob", oid.slice(0, 12), "no");
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(text).toContain("pay\\u{200b}pal \\u{202e}evil");
      expect(text).toContain("\\u{2066}second");
      expect(text).toContain("+ models/\\u{202e}gpj.yaml");
    } finally {
      await person.close();
    }
  });
});

describe("is refused:", () => {
  test.each<[string, Name, string, object, RegExp]>([
    [
      "a proposal that there is not",
      "bob",
      "0000",
      {},
      /"0000" names no proposal: give the beginning of its id .*; open are: [0-9a-f]{8} \(Add m\d+\)/,
    ],
    ["too few digits", "bob", "a", {}, /"a" names no proposal/],
    ["a name that is no id", "bob", "\u001b[2J", {}, /"\\x1b\[2J" names no proposal/],
    [
      "somebody who is no member",
      "mallory",
      "0000",
      {},
      /belongs to no member in members\.yaml, so its ballot would not count/,
    ],
  ])("%s", async (_, name, id, more, reason) => {
    await expect(cast(name, id, "yes", more)).rejects.toThrow(reason);
  });

  test("a reason that moves the cursor", async () => {
    const id = await open();
    await expect(cast("bob", id, "no", { reason: "\u001b[2J" })).rejects.toThrow(
      /the reason has at most 4096 characters/,
    );
    expect(ballots(id)).toEqual([]);
  });

  test("a proposal that was closed", async () => {
    const id = await open();
    await close(id, { ...flags, repository: community.url }, community.around("alice", community.folder));
    await expect(cast("bob", id, "yes")).rejects.toThrow(/cannot be voted on: it was closed/);
  });

  test("a proposal that conflicts with the branch, with the paths", async () => {
    const other = new Community();
    try {
      const clone = other.clone("alice");
      other.write(clone, "models/smollm2.yaml", modelText("smollm2", 2));
      const around = other.around("alice", clone);
      await propose({ ...flags, message: "Two" }, around);
      other.write(clone, "models/smollm2.yaml", modelText("smollm2", 3));
      other.commit(clone, "three");
      other.git(clone, "push", "--quiet", "origin", "HEAD:main");
      const id = /git:\S+/.exec(around.lines.join("\n"))![0];
      await expect(vote(id, "yes", flags, other.around("bob", clone))).rejects.toThrow(
        /conflicts with the policy branch in:\n {2}models\/smollm2\.yaml\n/,
      );
    } finally {
      other.remove();
    }
  });
});

test("what a verb reads is in this machine's cache, and the clone holds nothing of it", async () => {
  const around = community.around("carol", community.clone("carol"));
  const id = await withPolicy(flags, around, async ({ id, repository }) => {
    expect(repository.path.startsWith(`${community.home("carol")}/.cache/commonhold/policy/`)).toBe(true);
    return id;
  });
  expect(id).toBe(`git:${community.ref("refs/heads/main")}`);
  expect(community.git(around.cwd, "for-each-ref", "refs/policy", "refs/commonhold")).toBe("");
});
