/** The shape of `members.yaml`. */
import { z } from "zod";
import { formed, label, line, objectName, worded } from "./fields.ts";
import { roles } from "./roles.ts";
import { parseSshKey } from "./ssh-key.ts";

const github = z.strictObject({
  id: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  login: formed(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/, 39, "a login of GitHub"),
});

const member = z.strictObject({
  number: z.int().min(1).max(1_000_000_000),
  name: label(),
  displayName: line(128).optional(),
  github: github.optional(),
  sshKeys: z
    .array(worded(parseSshKey, "paste the line of a .pub file").transform(({ key }) => key))
    .max(16)
    .default([]),
  roles: z.array(z.enum(roles)).min(1).max(3).default(["member"]),
  affiliation: line(128).optional(),
  joined: worded(readDate, "write a date such as 2026-01-31").transform(({ date }) => date),
  machines: z.array(objectName()).max(256).default([]),
});

/** A day that exists, as RFC 3339 writes it. */
function readDate(text: string): { date: string } | { wrong: string } {
  const isDay = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text);
  const time = isDay ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const exists = Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
  return exists ? { date: text } : { wrong: "is no day of the calendar" };
}

export const membersMax = 1_000;

export const membersSchema = z.strictObject({
  format: z.literal(1),
  members: z.array(member).min(1).max(membersMax),
});

export type MemberDocument = z.output<typeof member>;

export const memberFields = [...new Set([membersSchema, member, github].flatMap(({ shape }) => Object.keys(shape)))];
