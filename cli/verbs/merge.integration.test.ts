import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Community, flags, modelText, type Name, Service } from "../policy/community.fixture.ts";
import { close } from "./close.ts";
import { merge } from "./merge.ts";
import { propose } from "./propose.ts";
import { status } from "./status.ts";

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
async function open(more: object = {}): Promise<string> {
  const clone = community.clone("alice");
  const model = `m${count++}`;
  community.write(clone, `models/${model}.yaml`, modelText(model));
  const around = community.around("alice", clone);
  await propose({ ...flags, message: `Add ${model}`, ...more }, around);
  return /git:[0-9a-f]{40}\/[0-9a-f]{40}/.exec(around.lines.join("\n"))![0];
}

type Verb = (
  text: string,
  options: typeof flags & { repository: string },
  around: ReturnType<Community["around"]>,
) => Promise<void>;

async function run(verb: Verb, id: string, more: object = {}, name: Name = "alice"): Promise<string> {
  const around = community.around(name, community.folder);
  await verb(id, { ...flags, repository: community.url, ...more }, around);
  return around.lines.join("\n");
}

describe("a merge", () => {
  test("is a signed commit of both heads that names the proposal, on the policy branch", async () => {
    const id = await open();
    await service.report(id, "success", "Passed: 2 yes");
    const before = community.ref("refs/heads/main");
    const text = await run(merge, id.slice(-40).slice(0, 10), {}, "bob");
    const commit = community.git(community.url, "cat-file", "commit", "main");
    expect(commit).toContain(
      `parent ${before}\nparent ${community.ref(`refs/heads/proposals/${id.slice(-40).slice(0, 12)}`)}\n`,
    );
    expect(commit).toMatch(/Merge proposal [0-9a-f]{8}: Add m\d+\n\nCommonhold-Proposal: git:/);
    expect(commit).toContain("BEGIN SSH SIGNATURE");
    expect(community.show(`main:models/m${count - 1}.yaml`)).toContain(`name: m${count - 1}`);
    expect(text).toMatch(/is merged: Add m\d+/);
    await expect(run(merge, id)).rejects.toThrow(/cannot be merged: it was merged already/);
  });

  describe("that the service has not said it may be", () => {
    let id = "";
    beforeAll(async () => {
      id = await open();
    });

    test.each<[string, () => Promise<unknown>, RegExp]>([
      ["nobody has looked at", async () => {}, /the service has said nothing of proposal [0-9a-f]{8} yet/],
      [
        "has not passed",
        () => service.report(id, "pending", "Open: 1 yes\u001b[31m"),
        /has not passed: Open: 1 yes\\x1b\[31m; --force merges anyway/,
      ],
      ["was rejected", () => service.report(id, "failure", "Rejected: 2 no"), /has not passed: Rejected: 2 no/],
      [
        "passed with another head",
        () => service.report(id, "success", "Passed", { head: "1".repeat(40) }),
        /something was pushed to proposal [0-9a-f]{8} that the service has not looked at yet/,
      ],
      [
        "passed by the word of somebody else than the service",
        () => service.report(id, "success", "Passed", { signer: community.keys.mallory }),
        /is not signed by the service that writes the decision log/,
      ],
      [
        "passed as something else than a merge would do now",
        () => service.report(id, "success", "Passed", { digest: `sha256:${"0".repeat(64)}` }),
        /the policy branch moved since the service looked at proposal/,
      ],
    ])("is refused for what %s", async (_, prepare, reason) => {
      await prepare();
      const before = community.ref("refs/heads/main");
      await expect(run(merge, id)).rejects.toThrow(reason);
      expect(community.ref("refs/heads/main")).toBe(before);
    });

    test("is made where it is forced", async () => {
      const before = community.ref("refs/heads/main");
      await run(merge, id, { force: true });
      expect(community.git(community.url, "rev-parse", "main^")).toBe(before);
    });
  });

  test("that conflicts is refused with the paths, forced or not", async () => {
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
      await expect(merge(id, { ...flags, force: true }, around)).rejects.toThrow(
        /conflicts with the policy branch in:\n {2}models\/smollm2\.yaml\n/,
      );
    } finally {
      other.remove();
    }
  });
});

describe("closing", () => {
  test("is for who opened it, and ends it", async () => {
    const id = await open();
    await expect(run(close, id, {}, "bob")).rejects.toThrow(
      /was opened by alice, with another key than yours: only that key closes it/,
    );
    expect(await run(close, id)).toMatch(/^Proposal [0-9a-f]{8} is closed: Add m\d+$/);
    await expect(run(close, id)).rejects.toThrow(/cannot be closed: it was closed/);
    await expect(run(merge, id, { force: true })).rejects.toThrow(/cannot be merged: it was closed/);
  });
});

describe("status", () => {
  const show = async (id?: string, more: object = {}): Promise<string> => {
    const around = community.around("carol", community.folder);
    await status(id, { ...flags, repository: community.url, ...more }, around);
    return around.lines.join("\n");
  };

  test("says what is in force, what the branch holds beside it, and what each proposal waits for", async () => {
    const id = await open();
    await service.report(id, "pending", "Open: 1 yes, voting ends soon\u009b2J");
    const text = await show();
    expect(text).toMatch(
      /^Three Friends: 3 members, .*policy\.git \(main at [0-9a-f]{12}\)\n {2}constitution 1, sha256:[0-9a-f]{64}\n {2}ratified [0-9a-f]{12} at 2026-/,
    );
    expect(text).toMatch(/the branch holds what is not ratified \(yet\), in \d+ files: models\//);
    expect(text).toContain(`${id.slice(-40).slice(0, 8)}  open  Add m${count - 1}\n  by alice\n`);
    expect(text).toContain("  vote: Open: 1 yes, voting ends soon\\x9b2J\n");
    expect(text).toMatch(/counted here: class \w+ · 1 yes, 0 no, 0 abstain of 3/);
  });

  test("of one proposal has its files and every reason", async () => {
    const id = await open({ description: "because\nof this" });
    const text = await show(id.slice(-40).slice(0, 8));
    expect(text).toContain("  because\n  of this\n");
    expect(text).toContain(`  + models/m${count - 1}.yaml\n`);
    expect(text).toContain("the service has not looked at it yet");
    expect(text).toMatch(/The quorum is not reached: 1 vote of 3 voters/);
  });

  test("for programs is one line of JSON with everything in it, and nothing that a terminal obeys", async () => {
    const id = await open();
    await service.report(id, "pending", "Open\u009b2J");
    const text = await show(id, { json: true });
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(text)).toMatchObject({
      community: "Three Friends",
      repository: `git:${service.log.genesis.commit}`,
      members: 3,
      records: 1,
      proposals: [
        {
          id,
          state: "open",
          proposer: "alice",
          service: { isTheServices: true, vote: { state: "pending", title: "Open\u009b2J" } },
          own: { decidedBy: "routine", tally: { yes: 1, no: 0, abstain: 0, electors: 3 } },
        },
      ],
    });
  });

  test("where no service has looked takes the first commit as what is in force", async () => {
    const other = new Community();
    try {
      const around = other.around("bob", other.clone("bob"));
      await status(undefined, flags, around);
      expect(around.lines.join("\n")).toMatch(
        /no decision log yet: .* what is in force is its first commit, [0-9a-f]{12}\n\nNothing is proposed\./,
      );
    } finally {
      other.remove();
    }
  });
});

describe("a decision log that was seen here before", () => {
  test("may grow, and is not believed when it is another one, or gone", async () => {
    const other = new Community();
    const first = await Service.begin(other, "first");
    try {
      const look = async (): Promise<void> => status(undefined, flags, other.around("bob", clone));
      const clone = other.clone("bob");
      await look();
      await first.append({ kind: "halted", at: other.clock.now(), code: "HistoryRewritten" });
      await look();
      other.git(other.url, "update-ref", "-d", "refs/commonhold/log");
      await expect(look()).rejects.toThrow(
        /is not to be believed: it had 2 records when it was last looked at from here, and now there is none/,
      );
      const second = await Service.begin(other, "second");
      await second.close();
      await expect(look()).rejects.toThrow(
        /is not to be believed: .*Compare with other members; when it is clear why, remove .*\.seen\.json/,
      );
    } finally {
      await first.close();
      other.remove();
    }
  });
});
