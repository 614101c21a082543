/** What a member may be. A service is no person: it has keys and no vote. */
export const roles = ["member", "maintainer", "service"] as const;
export type Role = (typeof roles)[number];

export const votingRoles = ["member", "maintainer"] as const satisfies readonly Role[];
export type VotingRole = (typeof votingRoles)[number];
