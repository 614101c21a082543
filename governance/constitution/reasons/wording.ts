/** Pieces of sentences that several reasons share. */
import { rfc3339 } from "../../../operator/clock/clock.ts";
import { listed } from "../../../operator/text/list.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { Account } from "../snapshot.ts";

const shownCharsMax = 120;

export function shown(text: string): string {
  return printable(text, shownCharsMax);
}

export function named(names: readonly string[], max = 5): string {
  return listed(names.map(shown), max);
}

/** `2 votes`, `1 vote`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `2026-01-02T03:04:05Z`. */
export function time(ms: number): string {
  return rfc3339(ms);
}

/** `@login (GitHub account 7)`, `the key ssh-ed25519 …last characters`. */
export function accountName(account: Account): string {
  if (account.kind === "github") return `@${shown(account.login)} (GitHub account ${account.id})`;
  return `the key ${keyName(account.key)}`;
}

export function keyName(key: string): string {
  const [type = "", base64 = ""] = key.split(" ");
  return `${shown(type)} …${shown(base64.slice(-12))}`;
}

/** A commit or digest, short enough for a sentence. */
export function short(id: string): string {
  return shown(id.replace(/^sha256:/, "").slice(0, 12));
}
