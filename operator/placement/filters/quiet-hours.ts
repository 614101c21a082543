import type { Filter } from "./filter.ts";

/** The owner does not want the machine for themself now. */
export const notQuiet: Filter = {
  name: "quiet hours",
  events: ["HostSpec", "Time"],
  check: ({ host, now }) =>
    host.quiet && host.quiet.until > now ? { code: "QuietHours", owner: host.owner, ...host.quiet } : undefined,
};
