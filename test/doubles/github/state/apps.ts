/** The GitHub App, where it is installed, and every token that there is. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import type { Account } from "./accounts.ts";
import type { Repository } from "./repository.ts";

export type Access = "read" | "write";
/** `checks`, `contents`, `issues`, `metadata`, `pull_requests`, `statuses`, … as in an App's manifest. */
export type Permissions = Readonly<Record<string, Access>>;

export interface App {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly name: string;
  readonly owner: Account;
  /** As whom it acts: `slug[bot]`. */
  readonly bot: Account;
  /** PEM, PKCS #1, as GitHub hands it out. */
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  readonly createdAt: number;
  permissions: Permissions;
  readonly events: readonly string[];
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly repositories: Set<Repository>;
  permissions: Permissions;
  readonly createdAt: number;
  suspendedAt: number | null;
}

export interface Token {
  readonly text: string;
  readonly kind: "installation" | "fine-grained";
  readonly account: Account;
  readonly installation?: Installation;
  permissions: Permissions;
  /** Of which repositories; undefined: all of the owner's. */
  readonly repositories: Set<Repository> | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  isRevoked: boolean;
}

/** Takes a while to make, so that all doubles of a process have one. */
let keyPair: Pick<App, "privateKey" | "publicKey"> | undefined;

function makeKeyPair(): Pick<App, "privateKey" | "publicKey"> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    privateKey: String(privateKey.export({ type: "pkcs1", format: "pem" })),
    publicKey: createPublicKey(privateKey),
  };
}

export class Apps {
  readonly apps: App[] = [];
  readonly installations: Installation[] = [];
  readonly tokens: Token[] = [];

  add(fields: Omit<App, "privateKey" | "publicKey">): App {
    keyPair ??= makeKeyPair();
    const app: App = { ...fields, ...keyPair };
    this.apps.push(app);
    return app;
  }

  install(installation: Installation): Installation {
    this.installations.push(installation);
    return installation;
  }

  issue(fields: Omit<Token, "text" | "isRevoked">): Token {
    const secret = randomBytes(27).toString("base64url").replace(/[-_]/g, "x");
    const text = fields.kind === "installation" ? `ghs_${secret}` : `github_pat_${secret}`;
    const token: Token = { ...fields, text, isRevoked: false };
    this.tokens.push(token);
    return token;
  }

  byText(text: string): Token | undefined {
    return this.tokens.find((token) => token.text === text);
  }

  /** Of that App, or of any. */
  installedOn(repository: Repository, app?: App): Installation | undefined {
    return this.installations.find((one) => one.repositories.has(repository) && (app === undefined || one.app === app));
  }

  /** Repositories of another owner are no longer reached by what was given by the old one. */
  forget(repository: Repository): void {
    for (const { repositories } of this.installations) repositories.delete(repository);
    for (const token of this.tokens) {
      if (token.kind === "fine-grained" && token.account !== repository.owner) token.repositories?.delete(repository);
    }
  }
}
