import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ForgeError } from "../../governance/forges/forge.ts";
import { createGitHubForge } from "../../governance/forges/github/github-forge.ts";
import { installApp } from "../doubles/github/actions/installing.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

describe("the repository", () => {
  test("is known by its number, and GitHub's clock comes with it", async () => {
    const { double, clock, signal } = world;
    for (const credentials of [world.app, world.token()]) {
      const identity = await world.forge(credentials).identify(signal);
      expect(identity).toEqual({
        repository: `github:${double.repository.id}`,
        name: "community/policy",
        now: clock.now(),
      });
    }
  });

  test("that has a new name is followed, which is said", async () => {
    const forge = world.forge();
    world.double.admin.renameRepository("rules");
    expect(await forge.identify(world.signal)).toMatchObject({
      name: "community/rules",
      renamedFrom: "community/policy",
    });
    expect(world.warnings.join()).toContain("the policy repository has a new name");
    expect(await forge.remote(world.signal)).toMatchObject({ url: `${world.double.url}/community/rules.git` });
    const { number } = await world.double.as("alice").propose("More", { "a.yaml": "a: 1\n" });
    expect((await world.proposal(forge, number)).title).toBe("More");
  });

  test.each<[string, (world: World) => unknown, string]>([
    ["that was transferred", ({ double }) => double.admin.transferRepository("evil"), "was transferred"],
    ["that was made anew under the same name", ({ double }) => double.recreateRepository(), "was pinned"],
    ["whose owner has another name", ({ double }) => double.admin.renameUser("community", "others"), "was transferred"],
  ])("%s is not believed", async (_, change, words) => {
    const forge = world.forge(world.token(), { repositoryId: world.double.repository.id });
    await change(world);
    const error = await failure(forge.identify(world.signal));
    expect(error).toMatchObject({ code: "identity", isTransient: false });
    expect((error as Error).message).toContain(words);
  });

  test("that was made anew while the service ran is not believed, pinned or not", async () => {
    const forge = createForgeWithoutPin();
    await forge.identify(world.signal);
    await world.double.recreateRepository();
    expect(await failure(forge.identify(world.signal))).toMatchObject({ code: "identity" });
  });

  test("that another account owns, which took its owner's name, is not believed", async () => {
    const { admin } = world.double;
    const forge = world.forge(world.token());
    await forge.identify(world.signal);
    admin.renameUser("community", "former");
    admin.addUser("community");
    admin.transferRepository("community");
    expect(await failure(forge.identify(world.signal))).toMatchObject({ code: "identity" });
  });

  test("that is gone is no other one: it may come back", async () => {
    const forge = world.forge(world.token());
    world.double.admin.deleteRepository();
    expect(await failure(forge.identify(world.signal))).toMatchObject({ code: "refused" });
  });

  function createForgeWithoutPin() {
    const { repositoryId: _, ...options } = { repositoryId: 0 };
    return createGitHubForge({
      repository: world.repository,
      name: "community/policy",
      credentials: world.token(),
      isMember: () => false,
      isMemberKey: () => false,
      clock: world.clock,
      logger: { warn: () => {} },
      fetch: globalThis.fetch,
      apiUrl: world.double.url,
      ...options,
    });
  }
});

describe("credentials", () => {
  test.each<[string, (world: World) => unknown, RegExp]>([
    [
      "a token that was revoked",
      ({ double }) => double.world.apps.tokens.map(({ text }) => double.admin.revokeToken(text)),
      /does not know us \(Bad credentials/,
    ],
    ["an account that was closed", ({ double }) => double.admin.deleteUser("service"), /does not know us/],
  ])("%s are refused with what to do, and are in no error", async (_, change, words) => {
    const credentials = world.token();
    const forge = world.forge(credentials);
    await change(world);
    const error = (await failure(forge.identify(world.signal))) as ForgeError;
    expect(error).toMatchObject({ code: "refused" });
    expect(error.message).toMatch(words);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(
      credentials.kind === "token" ? credentials.token : "",
    );
  });

  test.each<[string, (world: World) => unknown]>([
    ["an App that was uninstalled", ({ double }) => double.admin.uninstall()],
    ["an App that was suspended", ({ double }) => double.admin.suspendInstallation()],
  ])("of %s are refused", async (_, change) => {
    const forge = world.forge();
    await change(world);
    expect(await failure(forge.identify(world.signal))).toMatchObject({ code: "refused" });
  });

  test("of an App that was removed are refused with what to do, and work again where it is installed again", async () => {
    const forge = world.forge();
    await forge.identify(world.signal);
    const { app, repository } = world.double;
    world.double.admin.uninstall();
    const error = (await failure(forge.identify(world.signal))) as ForgeError;
    expect(error).toMatchObject({ code: "refused" });
    expect(error.message).toContain("install it there again");
    installApp(world.double.world, { app, repository, permissions: app.permissions });
    expect(await forge.identify(world.signal)).toMatchObject({ name: "community/policy" });
  });

  test("of an App whose token was revoked early are renewed once", async () => {
    const forge = world.forge();
    await forge.identify(world.signal);
    for (const token of world.double.world.apps.tokens) token.isRevoked = true;
    expect(await forge.identify(world.signal)).toMatchObject({ name: "community/policy" });
  });

  test("of an App are renewed before they end", async () => {
    const forge = world.forge();
    const tokensAfter = async (ms: number): Promise<number> => {
      await world.clock.advance(ms);
      await forge.identify(world.signal);
      return world.double.world.apps.tokens.length;
    };
    expect([await tokensAfter(0), await tokensAfter(50 * 60_000), await tokensAfter(6 * 60_000)]).toEqual([1, 1, 2]);
  });

  test("of an App are good for the policy repository alone", async () => {
    await world.forge().identify(world.signal);
    const [token] = world.double.world.apps.tokens;
    expect([...(token?.repositories ?? [])].map(({ name }) => name)).toEqual(["policy"]);
  });

  test("of an App work though the clock of this machine is an hour wrong: GitHub's counts", async () => {
    for (const wrongBy of [-3_600_000, 3_600_000]) {
      const clock = {
        ...world.clock,
        after: world.clock.after.bind(world.clock),
        sleep: world.clock.sleep.bind(world.clock),
      };
      const forge = world.forge(world.app, { clock: { ...clock, now: () => world.clock.now() + wrongBy } });
      expect(await forge.identify(world.signal)).toMatchObject({ now: world.clock.now() });
    }
  });

  test("for git are a password over https", async () => {
    const { authorization = "" } = await world.forge().remote(world.signal);
    const [scheme, password] = authorization.split(" ");
    expect(scheme).toBe("Basic");
    expect(Buffer.from(password ?? "", "base64").toString()).toMatch(/^x-access-token:ghs_/);
  });

  test.each<[string, () => unknown, string]>([
    ["a name without an owner", () => world.forge(world.app, { name: "policy" }), "write owner/name"],
    ["a name with an address in it", () => world.forge(world.app, { name: "https://x/y/z" }), "write owner/name"],
    ["an empty token", () => world.forge({ kind: "token", token: "" }), "token is empty"],
    ["a token with a line break", () => world.forge({ kind: "token", token: "a\nb" }), "characters that no token has"],
    ["a key that is none", () => world.forge({ kind: "app", appId: 1, privateKey: "PRIVATE" }), "private key is none"],
  ])("%s stops the start", (_, start, words) => {
    expect(start).toThrow(words);
    expect(start).not.toThrow("PRIVATE");
  });
});
