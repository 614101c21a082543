/** Who begins a community: the person at the keyboard, and those whom they name. */
import { rfc3339 } from "../../operator/clock/clock.ts";
import { publicKeyFile } from "./key.ts";
import type { NewMember } from "./members-edit.ts";
import { PolicyRefusal } from "./refusal.ts";
import { oneLine } from "./show.ts";
import type { Surroundings } from "./surroundings.ts";

export type Founder = Omit<NewMember, "number">;

export interface GithubAccount {
  readonly id: number;
  readonly login: string;
}

/** `583231:octocat`, or undefined. */
export function parseGithub(text: string): GithubAccount | undefined {
  const [, id, login] = /^([1-9][0-9]{0,15}):([A-Za-z0-9-]{1,39})$/.exec(text) ?? [];
  return id === undefined || login === undefined ? undefined : { id: Number(id), login };
}

/** `bob=bob.pub` or `bob=github:583231:bob`, or both joined by a plus. Throws a PolicyRefusal. */
export function founderNamed(text: string, around: Surroundings): Founder {
  const [, name, given] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || given === undefined) {
    throw new PolicyRefusal(
      `"${oneLine(text)}" names no member: write name=FILE.pub or name=github:ID:LOGIN, for example bob=bob.pub`,
    );
  }
  const account = given.startsWith("github:") ? parseGithub(given.slice("github:".length)) : undefined;
  if (given.startsWith("github:") && !account) {
    throw new PolicyRefusal(
      `"${oneLine(given)}" is no account: write github:ID:LOGIN, for example github:583231:octocat`,
    );
  }
  return {
    name,
    joined: today(around),
    sshKeys: account ? [] : [publicKeyFile(given, around).line],
    ...(account && { github: account }),
  };
}

/** A date of the calendar, in UTC. */
export function today({ clock }: Surroundings): string {
  return rfc3339(clock.now()).slice(0, 10);
}

/** Of the account on this machine, where it could be a member's name. */
export function usualName({ env }: Surroundings): string {
  const name = (env["USER"] ?? env["LOGNAME"] ?? "").toLowerCase();
  if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new PolicyRefusal("say how you are called in the community: --name NAME (small letters, digits and -)");
}
