/** Member: a person or service that may use the endpoint. The zod source of its CRD and its TypeScript types. */
import { z } from "zod";
import { dateTime, sha256, words } from "./fields/primitives.ts";
import { type Kind, type KindObject, resourceOf, rules } from "./kind.ts";

const key = z
  .object({
    id: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe("Name of the key, for people and logs."),
    prefix: z
      .string()
      .max(16)
      .regex(/^ch_[A-Za-z0-9]{8}$/)
      .describe("The first characters of the key, by which it is found: ch_ and eight letters or digits."),
    sha256: sha256()
      .meta(
        rules({
          rule: "self != 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
          message: "this is the SHA-256 of nothing: hash the whole key",
        }),
      )
      .describe(
        "SHA-256 of the whole key, hex. The key itself is stored nowhere; it has 256 random bits, so a slow hash adds nothing.",
      ),
    scopes: z
      .array(z.enum(["inference", "embeddings", "models"]))
      .min(1)
      .max(3)
      .meta({ "x-kubernetes-list-type": "set" })
      .default(["inference", "embeddings", "models"])
      .describe("inference: chat and completions. embeddings: vectors of texts. models: list what there is."),
    deployments: z
      .array(
        z
          .string()
          .min(3)
          .max(127)
          .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
      )
      .max(64)
      .meta({ "x-kubernetes-list-type": "set" })
      .optional()
      .describe("namespace/name of the only deployments that it may use; all when left out."),
    expiresAt: dateTime().optional().describe("From this time on it is refused."),
    createdAt: dateTime().optional().describe("When it was made."),
  })
  .meta(
    rules(
      {
        rule: "!has(self.createdAt) || !has(self.expiresAt) || self.expiresAt > self.createdAt",
        message: "expiresAt is not after createdAt: the key would never work",
      },
      {
        rule: "!has(self.deployments) || self.scopes.exists(s, s in ['inference', 'embeddings'])",
        message:
          "deployments limits what the key may ask, but its scopes let it ask nothing: add inference or embeddings",
      },
    ),
  );

const limits = z.object({
  requestsPerMinute: z.int().min(1).max(1000000).optional().describe("Requests that may start per minute."),
  concurrentRequests: z.int().min(1).max(10000).optional().describe("Requests that may run at once."),
});

const spec = z
  .object({
    displayName: words().min(1).optional().describe("How people call them."),
    github: z
      .object({
        id: z.int().min(1).meta({ format: "int64" }).describe("Numeric id: it stays when the login is renamed."),
        login: z
          .string()
          .min(1)
          .max(39)
          .regex(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/)
          .describe("Login, for people."),
      })
      .optional()
      .describe("Account on GitHub."),
    sshKeys: z
      .array(
        z
          .string()
          .min(1)
          .max(2048)
          .regex(
            /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256|ecdsa-sha2-nistp384|ecdsa-sha2-nistp521|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/=]+( [ -~]*)?$/,
          ),
      )
      .max(16)
      .meta({ "x-kubernetes-list-type": "set" })
      .optional()
      .describe("Public keys that sign ballots and the ollama command's requests."),
    affiliation: words().optional().describe("Employer or group, where rules count it."),
    joined: dateTime().optional().describe("Since when they are a member."),
    roles: z
      .array(z.enum(["member", "maintainer", "service"]))
      .min(1)
      .max(3)
      .meta({
        "x-kubernetes-list-type": "set",
        ...rules({
          rule: "!self.exists(r, r == 'service') || self.size() == 1",
          message: "a service is not a person: service stands alone",
        }),
      })
      .default(["member"])
      .describe(
        "member: may ask. maintainer: votes too, and may read metrics. service: a program, which has keys only.",
      ),
    keys: z
      .array(key)
      .max(32)
      .meta({
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["id"],
        ...rules(
          {
            rule: "self.all(a, self.exists_one(b, b.prefix == a.prefix))",
            message: "two keys have the same prefix: it is how a key is found",
          },
          {
            rule: "self.all(a, self.exists_one(b, b.sha256 == a.sha256))",
            message: "two keys have the same sha256: each key is named once",
          },
        ),
      })
      .optional()
      .describe("API keys."),
    limits: limits.default({}).describe("How much they may use; no limit where left out."),
    suspended: z.boolean().default(false).describe("true: every key is refused at once."),
  })
  .meta(
    rules(
      {
        rule: "!self.roles.exists(r, r == 'service') || !has(self.github)",
        message: "a service has no GitHub account: give it only keys",
      },
      {
        rule: "!self.roles.exists(r, r == 'maintainer') || has(self.github) || has(self.sshKeys)",
        message: "a maintainer votes: give a GitHub account or an SSH key to vote with",
      },
    ),
  );

export const memberKind = {
  kind: "Member",
  plural: "members",
  singular: "member",
  shortNames: [],
  scope: "Cluster",
  description: "A person or service of the community: who they are, their keys and how much they may use.",
  spec,
  columns: [
    { name: "Name", type: "string", jsonPath: ".spec.displayName", description: "How people call them." },
    { name: "GitHub", type: "string", jsonPath: ".spec.github.login", description: "Login." },
    { name: "Roles", type: "string", jsonPath: ".spec.roles", description: "What they are." },
    { name: "Suspended", type: "boolean", jsonPath: ".spec.suspended", description: "Whether keys are refused." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
  ],
  rules: [],
} as const satisfies Kind;

export type MemberSpec = z.output<typeof spec>;
export type MemberKey = z.output<typeof key>;
export type MemberLimits = z.output<typeof limits>;
export type Member = KindObject<"Member", MemberSpec, never>;
export const members = resourceOf(memberKind);
