import { describe, expect, test } from "vitest";
import { accessTo } from "./access.ts";
import { remoteAddress } from "./address.ts";
import { isRefspec, patternOf } from "./refspec.ts";

describe("the URL of a remote", () => {
  test.each([
    ["https://github.com/a/b.git", "https"],
    ["https://host:8443/a", "https"],
    ["https://[2001:db8::1]/a", "https"],
    ["ssh://git@github.com/a/b.git", "ssh"],
    ["ssh://host:2222/srv/policy.git", "ssh"],
    ["git@github.com:a/b.git", "ssh"],
    ["host:policy.git", "ssh"],
    ["host:/srv/policy.git", "ssh"],
    ["/srv/policy.git", "path"],
    ["/srv/with space", "path"],
    ["/srv/a:b", "path"],
    ["file:///srv/policy.git", "path"],
    ["http://127.0.0.1:3000/a", "loopback"],
    ["http://localhost:3000/a", "loopback"],
    ["http://[::1]:3000/a", "loopback"],
  ])("%s is taken as %s", (url, kind) => {
    expect(remoteAddress(url)).toEqual({ kind, url });
  });
  test.each([
    "",
    "-",
    "--upload-pack=touch /tmp/x",
    "-oProxyCommand=x",
    "ext::sh -c 'touch /tmp/x'",
    "ext::https://host/x",
    "fd::3",
    "ssh://-oProxyCommand=touch/x",
    "ssh://-oProxyCommand=touch@host/x",
    "-oProxyCommand=touch:x",
    "user@-host:x",
    "-user@host:x",
    "host:-x",
    "host::x",
    "ssh://host",
    "http://github.com/a",
    "http://127.0.0.1.example.com/a",
    "http://localhost.example.com/a",
    "http://10.0.0.1/a",
    "git://host/a",
    "ftp://host/a",
    "git+ssh://host/a",
    "HTTPS+x://host/a",
    "file://host/a",
    "file://",
    "https://",
    "https:///a",
    "https://host/a#b",
    "https://host/a?b",
    "https://host",
    "https://host/",
    "https://host\\@other/a",
    "https://host/a b",
    "HTTPS://host/a",
    "https:/host/a",
    "relative/path",
    "./relative",
    "../relative",
    "~/policy",
    "policy",
    "C:\\policy",
    "https://host/a\nb",
    "/srv/a\0b",
    "/srv/\x1b[31m",
    `/${"x".repeat(3000)}`,
  ])("%j is refused", (url) => {
    expect(() => remoteAddress(url)).toThrow(expect.objectContaining({ name: "GitError", code: "failed" }));
  });
  test.each([
    "https://user:secret@host/a",
    "https://secret@host/a",
    "http://x:secret@127.0.0.1/a",
    "ssh://user:secret@host/a",
    "git://x:secret@host/a",
    "https://x:secret@host/\x1b",
  ])("%j is refused without showing the secret", (url) => {
    expect(() => remoteAddress(url)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});

describe("access to a remote", () => {
  test("sends an authorization to its own origin only, by the environment", () => {
    const { options } = accessTo({ url: "https://host:8443/a/b.git", authorization: "Bearer secret" });
    expect(options.variables).toEqual({
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.https://host:8443/.extraHeader",
      GIT_CONFIG_VALUE_0: "Authorization: Bearer secret",
    });
    expect(options.settings).toEqual([]);
    expect(options.secrets).toContain("secret");
  });
  test("over plain http is opened for this machine only", () => {
    expect(accessTo({ url: "http://127.0.0.1/a" }).options.settings).toEqual(["protocol.http.allow=always"]);
    expect(accessTo({ url: "/srv/a" }).options.settings).toEqual([]);
  });
  test("asks nobody anything", () => {
    expect(accessTo({ url: "host:a" }).options.variables?.["GIT_SSH_COMMAND"]).toMatch(/^'ssh' '-o' 'BatchMode=yes' /);
  });
  test.each<[string, object]>([
    ["an authorization over ssh", { url: "host:a", authorization: "Bearer x" }],
    ["an authorization to a path", { url: "/srv/a", authorization: "Bearer x" }],
    ["an authorization of two lines", { url: "https://h/a", authorization: "Bearer x\r\nHost: other" }],
    ["an empty authorization", { url: "https://h/a", authorization: "" }],
    ["an authorization of other letters", { url: "https://h/a", authorization: "Bearer ü" }],
    ["a key at no whole path", { url: "host:a", sshKeyPath: "key" }],
    ["a key that is an option", { url: "host:a", sshKeyPath: "-oProxyCommand=x" }],
    ["a key with a quote", { url: "host:a", sshKeyPath: '/a"b' }],
    ["a key with a line feed", { url: "host:a", sshKeyPath: "/a\nb" }],
    ["hosts with a variable", { url: "host:a", sshKnownHostsPath: "/a/%h" }],
  ])("with %s is refused", (_, remote) => {
    expect(() => accessTo(remote as { url: string })).toThrow(expect.objectContaining({ code: "failed" }));
  });
});

describe("a refspec", () => {
  const oid = "a".repeat(40);
  test.each([
    "refs/heads/main:refs/policy/heads/main",
    "+refs/heads/*:refs/policy/heads/*",
    "+refs/pull/*/head:refs/policy/pull/*",
    `${oid}:refs/heads/main`,
    ":refs/heads/gone",
    `+${oid}:refs/heads/x`,
  ])("%s is one", (refspec) => {
    expect(isRefspec(refspec)).toBe(true);
  });
  test.each([
    "",
    "+",
    ":",
    "refs/heads/main",
    "main:refs/heads/main",
    "refs/heads/main:",
    "refs/heads/main:main",
    "HEAD:refs/heads/x",
    "--force",
    "+--force:refs/x",
    "refs/heads/*:refs/heads/x",
    "refs/heads/x:refs/heads/*",
    "refs/*/*:refs/*/*",
    ":refs/heads/*",
    "refs/a:refs/b:refs/c",
    "^refs/heads/x",
    `${oid}^:refs/heads/x`,
    "tag v1",
    "refs/a b:refs/c",
  ])("%j is none", (refspec) => {
    expect(isRefspec(refspec)).toBe(false);
  });
  test.each<[string, string, boolean]>([
    ["refs/heads/main", "refs/heads/main", true],
    ["refs/heads/main", "refs/x/refs/heads/main", false],
    ["refs/heads/main", "refs/heads/main2", false],
    ["refs/heads/*", "refs/heads/a/b", true],
    ["refs/heads/*", "refs/headsx/a", false],
    ["refs/pull/*/head", "refs/pull/7/head", true],
    ["refs/pull/*/head", "refs/pull/7/merge", false],
    ["refs/a.b/*", "refs/aXb/c", false],
  ])("the pattern %s and %s fit: %s", (pattern, name, isFitting) => {
    expect(patternOf(pattern).test(name)).toBe(isFitting);
  });
});
