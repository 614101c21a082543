/** Emergencies, and signed ballots where proposals are pull requests. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseBallot } from "../../governance/forges/git/ballot.ts";
import { Community, flags, modelText, Service } from "../policy/community.fixture.ts";
import { merge } from "./merge.ts";
import { propose } from "./propose.ts";
import { status } from "./status.ts";
import { vote } from "./vote.ts";

function ballotsIn(community: Community, box: string) {
  return community.refs(`refs/commonhold/ballots/${box}/`).map((ref) => {
    return parseBallot(community.git(community.url, "cat-file", "tag", ref).split("\n\n")[1]!.split("\n")[0]!);
  });
}

describe("an emergency", () => {
  let community: Community;
  beforeAll(() => {
    community = new Community("lab");
  });
  afterAll(() => community.remove());

  test("is opened and signed as one, and not merged", async () => {
    const clone = community.clone("alice");
    community.write(clone, "models/smollm2.yaml", modelText("smollm2", 0));
    const around = community.around("alice", clone);
    await propose({ ...flags, message: "Stop it", emergency: true }, around);
    const text = around.lines.join("\n");
    expect(text).toMatch(/\nemergency · .* · 0 of 2 signers\n/);
    const [, opening = ""] = /git:[0-9a-f]{40}\/([0-9a-f]{40})/.exec(text) ?? [];
    await vote(opening, "yes", flags, community.around("bob", clone));
    expect(ballotsIn(community, opening)).toMatchObject([{ choice: "yes", emergency: true }]);
    await expect(merge(opening, { ...flags, force: true }, around)).rejects.toThrow(
      /is an emergency: it is in force without a merge/,
    );
    const shown = community.around("carol", clone);
    await status(undefined, flags, shown);
    expect(shown.lines.join("\n")).toMatch(/open, emergency {2}Stop it\n[\s\S]*1 of 2 signers/);
  });

  test("that would grant something is refused before it is opened", async () => {
    const clone = community.clone("alice");
    community.write(clone, "models/smollm2.yaml", modelText("smollm2", 5));
    const more = propose({ ...flags, message: "More", emergency: true }, community.around("alice", clone));
    await expect(more).rejects.toThrow(/no vote could pass it:\n/);
  });
});

describe("a community on GitHub", () => {
  let community: Community;
  let service: Service;
  let head = "";
  beforeAll(async () => {
    community = new Community();
    service = await Service.begin(community, "service", "github:123456");
    const clone = community.clone("mallory");
    community.write(clone, "models/b.yaml", modelText("b"));
    head = community.commit(clone, "b");
    community.git(clone, "push", "--quiet", "origin", "HEAD:refs/pull/7/head");
  });
  afterAll(async () => {
    await service.close();
    community.remove();
  });

  const around = () => community.around("bob", community.folder);
  const there = () => ({ ...flags, repository: community.url });

  test.each([["7"], ["#7"], ["github:123456/7"]])("a signed ballot is cast on pull request %s", async (name) => {
    await vote(name, "yes", there(), around());
    expect(ballotsIn(community, "github-7").at(-1)).toMatchObject({
      proposal: "github:123456/7",
      head,
      choice: "yes",
      emergency: false,
    });
  });

  test("what it replaces is known there, too, and it can be for an emergency", async () => {
    const before = community.refs("refs/commonhold/ballots/github-7/").map((ref) => ref.slice(-40));
    await vote("7", "no", { ...there(), emergency: true }, around());
    const last = ballotsIn(community, "github-7").find((ballot) => ballot?.emergency);
    expect([...last!.replaces].toSorted()).toEqual(before);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["a pull request that there is not", () => vote("8", "yes", there(), around()), /there is no pull request 8/],
    [
      "a name that is no number",
      () => vote("b7", "yes", there(), around()),
      /"b7" names no pull request: give its number/,
    ],
    [
      "a proposal in plain git",
      () => propose({ ...there(), message: "x" }, around()),
      /this community proposes by pull requests on GitHub/,
    ],
  ])("%s is refused", async (_, work, reason) => {
    await expect(work()).rejects.toThrow(reason);
  });

  test("that left it goes on in plain git, under the same log", async () => {
    community.git(community.url, "update-ref", "-d", "refs/pull/7/head");
    const clone = community.clone("alice");
    community.write(clone, "models/c.yaml", modelText("c"));
    const shown = community.around("alice", clone);
    await propose({ ...flags, message: "Add c" }, shown);
    expect(shown.lines.join("\n")).toContain(`git:${service.log.genesis.commit}/`);
  });
});
