/** Whose keys there are, as lines. A prefix is no secret: it is what a key is known by. */
import type { Member, MemberKey } from "../../operator/apis/member.ts";
import { printable } from "../../operator/text/printable.ts";

/** In columns, with a heading. `now`: ms, to tell what has expired. */
export function keyTable(everybody: readonly Member[], now: number): string[] {
  const rows = everybody.flatMap((member) => (member.spec.keys ?? []).map((key) => rowOf(member, key, now)));
  const widths = heading.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [heading, ...rows].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const heading = ["MEMBER", "NAME", "BEGINS", "MADE", "EXPIRES", "FOR"];

function rowOf({ metadata, spec }: Member, key: MemberKey, now: number): string[] {
  const { id, prefix, createdAt = "-", expiresAt, scopes = [], deployments = [] } = key;
  const cells = [metadata.name ?? "", id, prefix, createdAt, expiryText(expiresAt, now)];
  const limits = spec.suspended ? ["(suspended)"] : [];
  return [...cells, [scopes.join(","), ...deployments, ...limits].join(" ")].map((cell) => printable(cell, 1_000));
}

/** A time that cannot be read counts as over, as in the gateway. */
function expiryText(expiresAt: string | undefined, now: number): string {
  if (expiresAt === undefined) return "never";
  return Date.parse(expiresAt) > now ? expiresAt : `${expiresAt} (over)`;
}
