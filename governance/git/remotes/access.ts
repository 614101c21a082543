/** How git may reach one remote: by which key, with which header. Nothing secret is on a command line. */
import type { RunOptions } from "../program/program.ts";
import { GitError, type Remote } from "../repository.ts";
import { type Address, remoteAddress } from "./address.ts";

export interface Access {
  readonly address: Address;
  readonly options: Pick<RunOptions, "variables" | "settings" | "secrets">;
}

/** Throws a `GitError` (`failed`). */
export function accessTo(remote: Remote): Access {
  const address = remoteAddress(remote.url);
  const { authorization } = remote;
  if (authorization === undefined) return { address, options: { ...plain(address), variables: sshVariables(remote) } };
  if (address.kind !== "https" && address.kind !== "loopback") {
    throw new GitError(
      "failed",
      "an authorization is only sent over https: give the URL so, or leave the authorization out",
    );
  }
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(authorization)) {
    throw new GitError(
      "failed",
      "the authorization of the remote is not a header: it has printable ASCII and single spaces",
    );
  }
  // Only for this origin: what git follows from there gets nothing.
  const variables = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${new URL(address.url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${authorization}`,
  };
  return {
    address,
    options: { ...plain(address), variables, secrets: [authorization, ...authorization.split(" ").slice(1)] },
  };
}

function plain({ kind }: Address): Pick<RunOptions, "settings"> {
  return { settings: kind === "loopback" ? ["protocol.http.allow=always"] : [] };
}

/** `GIT_SSH_COMMAND` is read by a shell, so paths stand in quotes. */
function sshVariables({ sshKeyPath, sshKnownHostsPath }: Remote): Readonly<Record<string, string>> {
  const options = [
    ...sshOptions,
    ...(sshKnownHostsPath === undefined ? [] : [`UserKnownHostsFile=${fileName(sshKnownHostsPath)}`]),
    ...(sshKeyPath === undefined ? [] : ["IdentitiesOnly=yes"]),
  ];
  const words = [
    "ssh",
    ...options.flatMap((option) => ["-o", option]),
    ...(sshKeyPath === undefined ? [] : ["-i", sshKeyPath]),
  ];
  for (const path of [sshKeyPath, sshKnownHostsPath]) {
    if (path !== undefined && (!path.startsWith("/") || /[\p{Cc}"\\%$]/u.test(path))) {
      throw new GitError(
        "failed",
        "give files for ssh as whole paths, from / on, without quotes, backslashes, % and $",
      );
    }
  }
  return { GIT_SSH_COMMAND: words.map(quoted).join(" "), GIT_SSH_VARIANT: "ssh" };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** ssh itself splits this option at spaces. */
function fileName(path: string): string {
  return `"${path}"`;
}

const sshOptions = [
  "BatchMode=yes",
  "ConnectTimeout=20",
  "ServerAliveInterval=15",
  "ServerAliveCountMax=4",
  "ForwardAgent=no",
  "ClearAllForwardings=yes",
  "PermitLocalCommand=no",
  // A connection that others share would live on after its program.
  "ControlMaster=no",
  "ControlPath=none",
];
