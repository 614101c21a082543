/** By what right the service acts: as a GitHub App, or, for a small group, with somebody's fine-grained token. */
import type { Account } from "../../../constitution/snapshot.ts";
import type { Authorizer, GitHubApi } from "../api/api.ts";
import { accountShape, type Comment } from "../api/shapes.ts";
import type { splitName } from "../place.ts";
import { AppAuthorizer } from "./app.ts";

export type GitHubCredentials =
  | { readonly kind: "token"; readonly token: string }
  | {
      readonly kind: "app";
      readonly appId: number;
      /** PEM. */
      readonly privateKey: string;
      /** Looked up where left out. */
      readonly installationId?: number;
    };

export interface Actor {
  readonly kind: GitHubCredentials["kind"];
  readonly authorizer: Authorizer;
  /** The value of git's `Authorization` header over https. */
  forGit(signal: AbortSignal): Promise<string>;
  /** Number of the App, where it is one. */
  readonly appId: number | undefined;
  /** Whether we wrote it: a hidden mark in it can be copied by anybody. */
  wrote(comment: Comment, signal: AbortSignal): Promise<boolean>;
}

/** Throws a TypeError for a key that is none. */
export function actorOf(
  credentials: GitHubCredentials,
  repository: ReturnType<typeof splitName>,
  repositoryId: number | undefined,
  api: GitHubApi,
): Actor {
  if (credentials.kind === "app") {
    const { appId } = credentials;
    const authorizer = new AppAuthorizer(credentials, repository, repositoryId, api);
    return {
      kind: "app",
      authorizer,
      forGit: async (signal) => asPassword(await authorizer.authorization(signal)),
      appId,
      // A person may write through the App as well, as themselves; and GitHub does not always say by which App it was.
      wrote: async ({ byApp, user }, signal) =>
        user?.kind === "github" &&
        user.isBot &&
        (byApp === appId || user.login === (await authorizer.botLogin(signal))),
    };
  }
  const authorizer = new TokenAuthorizer(credentials.token);
  let account: Account | undefined;
  const whose = async (signal: AbortSignal): Promise<Account> => {
    account ??= await api.get(authorizer, "GET /user", {}, accountShape, signal);
    return account;
  };
  return {
    kind: "token",
    authorizer,
    forGit: async () => asPassword(await authorizer.authorization()),
    appId: undefined,
    wrote: async ({ user }, signal) => user?.kind === "github" && user.id === idOf(await whose(signal)),
  };
}

/** Git's server takes a token as the password of any user. */
function asPassword(authorization: string): string {
  const token = authorization.replace(/^Bearer /, "");
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
}

class TokenAuthorizer implements Authorizer {
  readonly #token: string;

  constructor(token: string) {
    if (!/^[!-~]+$/.test(token)) throw new TypeError("the GitHub token is empty or has characters that no token has");
    this.#token = token;
  }

  async authorization(): Promise<string> {
    return `Bearer ${this.#token}`;
  }

  refused(): boolean {
    return false;
  }
}

function idOf(account: Account): number | undefined {
  return account.kind === "github" ? account.id : undefined;
}
