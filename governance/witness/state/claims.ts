/**
 * What a log signed and this witness refused, kept for people. Two trees of one size are a proof, and only the log itself can
 * make one; growth that was not shown is a reason to look, and anybody can make those with a log's old checkpoints. So they
 * are counted apart, and the first of each are kept: no later ones push a proof out.
 *
 * ```
 * claims/<sha256 of the origin>/<code>-<sha256 of the note, 16 digits>.json
 * ```
 */
import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { originHash } from "./heads.ts";

/** Of each code and log. */
export const claimsMax = 100;

export interface Claim {
  readonly origin: string;
  readonly code: "fork" | "not-append-only";
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Signed by the log, refused. */
  readonly claimed: string;
  /** What this witness had agreed to; left out where that was only the pinned genesis. */
  readonly known?: string;
}

export interface ClaimStore {
  /** False where it is there already, or enough are. */
  keep(claim: Claim): Promise<boolean>;
}

export function claimStore(folder: string, disk: Disk): ClaimStore {
  return {
    async keep(claim) {
      const room = join(folder, "claims", originHash(claim.origin));
      await disk.makeFolder(room);
      const name = `${claim.code}-${hashOf(claim.claimed)}.json`;
      const alike = (await disk.list(room)).filter((one) => one.startsWith(`${claim.code}-`));
      if (alike.includes(name) || alike.length >= claimsMax) return false;
      const temporary = join(room, `${randomUUID()}.tmp`);
      await disk.write(temporary, `${JSON.stringify(claim, undefined, 2)}\n`);
      await disk.sync(temporary);
      const isNew = await disk.link(temporary, join(room, name));
      await disk.sync(room);
      await disk.remove(temporary);
      return isNew;
    },
  };
}

function hashOf(note: string): string {
  return createHash("sha256").update(note).digest("hex").slice(0, 16);
}
