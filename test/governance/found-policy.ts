/** Three friends begin: a constitution whose times a test can wait for, their members, one machine and one model. */
import type { GitRepository, Oid } from "../../governance/git/repository.ts";
import {
  constitutionText,
  hostText,
  membersText,
  modelText,
} from "../../governance/service/testing/community.fixture.ts";

const quick = constitutionText
  .replaceAll(/period: \{min: [0-9]+h/g, "period: {min: 1s")
  .replaceAll(/timelock: [0-9]+h/g, "timelock: 1s");

/** Resolves to the commit with which everything began. */
export async function foundPolicy(remote: GitRepository): Promise<Oid> {
  const tree = await remote.writeTree(undefined, {
    "constitution.yaml": Buffer.from(quick),
    "members.yaml": Buffer.from(membersText()),
    "hosts/tower.yaml": Buffer.from(hostText("tower", "alice")),
    "models/smollm2.yaml": Buffer.from(modelText("smollm2")),
  });
  const genesis = await remote.writeCommit({ tree, parents: [], message: "genesis", at: Date.now() });
  await remote.updateRef("refs/heads/main", genesis);
  return genesis;
}
