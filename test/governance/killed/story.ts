/** A week of a community: each act is what people do, or what time does; after each the service looks. */
import {
  type Community,
  day,
  hostText,
  hour,
  modelText,
  type ProposalHandle,
} from "../../../governance/service/testing/community.fixture.ts";

export type Act = readonly [name: string, act: (c: Community, told: Told) => Promise<unknown>];

/** What later acts need of earlier ones. */
export interface Told {
  change?: ProposalHandle;
  pushed?: string;
}

export const story: readonly Act[] = [
  ["the community begins", async () => undefined],
  [
    "alice proposes and bob votes for it; carol proposes and both vote against it",
    async (c, told) => {
      told.change = await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
      await c.vote("bob", told.change, "yes");
      const other = await c.propose("carol", { "models/other.yaml": modelText("other") });
      for (const voter of ["alice", "bob"] as const) await c.vote(voter, other, "no");
    },
  ],
  [
    "after its period alice's proposal is merged, and an administrator pushes above it",
    async (c, told) => {
      await c.clock.advance(hour);
      await c.merge(told.change!);
      told.pushed = await c.commit({ "models/evil.yaml": modelText("evil") });
      await c.push(told.pushed);
    },
  ],
  [
    "the revert that was offered is merged",
    async (c, { pushed }) => {
      await c.push((await c.remote.resolve(`refs/heads/reverts/${pushed?.slice(0, 12)}`)) as string);
    },
  ],
  ["the timelock ends", async (c) => c.clock.advance(hour)],
  [
    "bob and carol call an emergency",
    async (c) => {
      const paused = { "hosts/tower.yaml": hostText("tower", "alice", true) };
      const emergency = await c.propose("bob", paused, { emergency: true });
      for (const voter of ["bob", "carol"] as const) await c.vote(voter, emergency, "yes", { emergency: true });
    },
  ],
  ["three days later it ends", async (c) => c.clock.advance(3 * day)],
  ["the time of carol's proposal is over", async (c) => c.clock.advance(5 * day)],
];

/** What the log says at the end, and nothing else. */
export const ending = [
  ...["genesis", "applied", "opened", "opened", "ratified", "unratified", "restored", "applied"],
  ...["opened", "emergency", "applied", "emergencyEnded", "applied", "expired", "rejected"],
];
