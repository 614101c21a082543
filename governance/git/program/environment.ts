/**
 * Under what git runs. It gets no configuration but ours: neither a user's aliases, hooks, credential helpers and replaced
 * URLs nor a system's can change what a commit means or where something is sent.
 */

/** Environment variables, for instance `process.env` of a `main.ts`. Only those in `inherited` are passed on. */
export type Variables = Readonly<Record<string, string | undefined>>;

export function gitEnvironment(base: Variables): Record<string, string> {
  const kept = inherited.flatMap((name): [string, string][] => {
    const value = base[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { PATH: defaultPath, ...Object.fromEntries(kept), ...fixed };
}

/** Before every verb of git. */
export const settings: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.attributesFile=/dev/null",
  "core.excludesFile=/dev/null",
  "core.symlinks=false",
  "core.fsmonitor=false",
  "core.askPass=",
  // What git answers comes from the objects, never from a summary of them.
  "core.commitGraph=false",
  // A record that was reported as written is still there after the power failed.
  "core.fsync=committed,loose-object,reference",
  "core.filesRefLockTimeout=500",
  "core.packedRefsTimeout=1000",
  "credential.helper=",
  "fetch.fsckObjects=true",
  "transfer.fsckObjects=true",
  "fetch.recurseSubmodules=false",
  "fetch.writeCommitGraph=false",
  "submodule.recurse=false",
  "push.recurseSubmodules=no",
  "push.gpgSign=false",
  "push.followTags=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "gpg.format=ssh",
  "log.showSignature=false",
  "advice.detachedHead=false",
  // A merge is git's own, whatever `.gitattributes` and later defaults say.
  "merge.conflictStyle=merge",
  "merge.directoryRenames=conflict",
  // Pairs of removed and added files are compared one by one.
  "merge.renameLimit=1000",
  "protocol.version=2",
  "protocol.allow=never",
  "protocol.ssh.allow=always",
  "protocol.https.allow=always",
  "protocol.file.allow=always",
  // A renamed repository has to be told by a person, and a secret header goes to one host only.
  "http.followRedirects=false",
  "http.lowSpeedLimit=1000",
  "http.lowSpeedTime=30",
].flatMap((setting) => ["-c", setting]);

const defaultPath = "/usr/local/bin:/usr/bin:/bin";

const inherited = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "SSH_AUTH_SOCK",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "CURL_CA_BUNDLE",
];

const fixed = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_NO_LAZY_FETCH: "1",
  GIT_LITERAL_PATHSPECS: "1",
  SSH_ASKPASS_REQUIRE: "never",
  LC_ALL: "C",
  TZ: "UTC",
};
