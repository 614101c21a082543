/** Two communities live through one story side by side: one is spared, to the other things happen. */
import { type Community, startCommunity } from "../../../governance/service/testing/community.fixture.ts";
import type { Told } from "./story.ts";
import { type World, worldOf } from "./world.ts";

export interface Side {
  readonly community: Community;
  readonly world: World;
  readonly told: Told;
}

export async function begin(): Promise<Side> {
  const community = await startCommunity();
  return { community, world: worldOf(community), told: {} };
}
