/** What a start proposes, and how it goes on with what one that was killed left, with real git and keys. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Community, flags, modelText, Service } from "../../../policy/community.fixture.ts";
import { propose } from "../../../verbs/propose.ts";
import { vote } from "../../../verbs/vote.ts";
import { type Begun, begin, type Wish } from "./begin.ts";

let community: Community;
beforeEach(() => {
  community = new Community();
});
afterEach(() => community.remove());

const path = "models/second.yaml";
const wish: Wish = { title: "Serve second", files: { [path]: modelText("second") } };
const key = (): string => join(community.home("alice"), ".ssh", "id_ed25519");
const start = (wanted: Wish | Parameters<typeof begin>[3] = wish): Promise<Begun> => {
  const wishFor = typeof wanted === "function" ? wanted : async () => wanted;
  const options = { ...flags, repository: community.url, key: key() };
  return begin(options, community.around("alice", community.folder), community.keys.alice, wishFor);
};
const proposalOf = (begun: Begun) => {
  if (begun.state !== "proposed") throw new Error(`it is ${begun.state}`);
  return begun.proposal;
};

describe("a start", () => {
  test("proposes what the policy does not say yet, signed by the person", async () => {
    const proposal = proposalOf(await start());
    expect(proposal).toMatchObject({ title: "Serve second", paths: [path], isVoted: false });
    const [branch = ""] = community.refs("refs/heads/proposals/");
    expect(community.git(community.url, "show", `${branch}:${path}`)).toBe(modelText("second").trim());
    expect(community.git(community.url, "cat-file", "commit", branch)).toContain("BEGIN SSH SIGNATURE");
  });

  test("shows the wish what the branch has, now and before", async () => {
    const clone = community.clone("alice");
    community.git(clone, "rm", "--quiet", "models/smollm2.yaml");
    community.write(clone, "docs/x.md", "x");
    community.commit(clone, "Without it");
    community.git(clone, "push", "--quiet", "origin", "HEAD:main");
    const seen: unknown[] = [];
    await start(async ({ read, paths, had }) => {
      seen.push(await read("docs/x.md"), await read("models/smollm2.yaml"), await paths());
      seen.push(await had("models/smollm2.yaml"), await had("models/never.yaml"));
      return { title: "", files: {} };
    });
    expect(seen).toEqual(["x", undefined, ["constitution.yaml", "docs/x.md", "members.yaml"], true, false]);
  });

  test("that wants nothing proposes nothing", async () => {
    expect(await start({ title: "", files: {} })).toEqual({ state: "same", last: undefined, stale: [] });
    expect(community.refs("refs/heads/proposals/")).toEqual([]);
  });

  test("that wants what no policy takes is refused before anything is pushed", async () => {
    const wrong = { title: "Wrong", files: { [path]: "kind: Secret\n" } };
    await expect(start(wrong)).rejects.toThrow("it cannot be applied");
    expect(community.refs("refs/heads/proposals/")).toEqual([]);
  });

  test("proposes nothing on top of what nobody ratified, and names it", async () => {
    const service = await Service.begin(community);
    const clone = community.clone("alice");
    community.write(clone, "models/evil.yaml", modelText("evil"));
    community.commit(clone, "Evil");
    community.git(clone, "push", "--quiet", "origin", "HEAD:main");
    expect(await start()).toEqual({ state: "held", paths: ["models/evil.yaml"], stale: [] });
    await service.close();
  });
});

describe("after a start that was killed", () => {
  test("between proposing and voting, the proposal is gone on with", async () => {
    const { id } = proposalOf(await start());
    expect(await start()).toMatchObject({ state: "proposed", proposal: { id, isVoted: false }, stale: [] });
    expect(community.refs("refs/heads/proposals/")).toHaveLength(1);
  });

  test("after voting, no second ballot is needed", async () => {
    const { id } = proposalOf(await start());
    const options = { ...flags, repository: community.url, key: key() };
    await vote(id, "yes", options, community.around("alice", community.folder));
    expect(await start()).toMatchObject({ proposal: { id, isVoted: true } });
  });

  test("and wants something else now, its proposal is named as stale", async () => {
    const { id } = proposalOf(await start());
    const other = await start({ title: "Serve third", files: { "models/third.yaml": modelText("third") } });
    expect(other.stale).toEqual([id]);
    expect(proposalOf(other).id).not.toBe(id);
  });

  test("and wants nothing any more, its proposal is stale too", async () => {
    const { id } = proposalOf(await start());
    expect(await start({ title: "", files: {} })).toEqual({ state: "same", last: undefined, stale: [id] });
  });
});

test("a proposal that the person made by hand is left alone, even where it is the same", async () => {
  const clone = community.clone("alice");
  community.write(clone, path, modelText("second"));
  await propose({ ...flags, message: "By hand" }, community.around("alice", clone));
  expect((await start()).stale).toEqual([]);
  expect(community.refs("refs/heads/proposals/")).toHaveLength(2);
});
