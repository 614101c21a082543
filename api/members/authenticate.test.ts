import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memberWithKey } from "../../test/gateway/objects.ts";
import { indexKeys } from "../catalogue/snapshot.ts";
import { GatewayError } from "../errors.ts";
import { authenticate, type Principal, scopeRefusal } from "./authenticate.ts";
import type { Credential } from "./credential.ts";

const now = Date.parse("2026-06-01T00:00:00Z");
const key = (text: string): Credential => ({ kind: "key", key: text });

function refusal(found: Principal | GatewayError): string {
  return found instanceof GatewayError ? found.code : "accepted";
}

describe("a key", () => {
  const ada = memberWithKey(
    "ada",
    { roles: ["maintainer"] },
    { deployments: ["default/a"], expiresAt: "2027-01-01T00:00:00Z" },
  );
  const keys = indexKeys([ada.member, memberWithKey("bob").member]);

  test("names its member, its id, what it may use", () => {
    expect(authenticate(key(ada.key), keys, now)).toMatchObject({
      member: "ada",
      keyId: "laptop",
      roles: ["maintainer"],
      deployments: new Set(["default/a"]),
    });
  });

  test("is refused once it expires, to the millisecond", () => {
    const expiry = Date.parse("2027-01-01T00:00:00Z");
    expect(refusal(authenticate(key(ada.key), keys, expiry - 1))).toBe("accepted");
    expect(refusal(authenticate(key(ada.key), keys, expiry))).toBe("key_expired");
  });

  test("that differs in any character is unknown", () => {
    fc.assert(
      fc.property(fc.nat(ada.key.length - 1), fc.constantFrom(..."abcXYZ019_-"), (at, character) => {
        const other = ada.key.slice(0, at) + character + ada.key.slice(at + 1);
        return refusal(authenticate(key(other), keys, now)) === (other === ada.key ? "accepted" : "key_unknown");
      }),
    );
  });

  test("is found among others with the same prefix", () => {
    const twin = { ...memberWithKey("eve").member };
    const [adasKey] = ada.member.spec.keys!;
    const spec = { ...twin.spec, keys: [{ ...adasKey!, sha256: "00".repeat(32) }] };
    const both = indexKeys([{ ...twin, spec }, ada.member]);
    expect(authenticate(key(ada.key), both, now)).toMatchObject({ member: "ada" });
  });

  test("whose stored hash is no hash opens nothing", () => {
    const [adasKey] = ada.member.spec.keys!;
    for (const sha256 of ["", "zz", "00"]) {
      const spec = { ...ada.member.spec, keys: [{ ...adasKey!, sha256 }] };
      expect(refusal(authenticate(key(ada.key), indexKeys([{ ...ada.member, spec }]), now))).toBe("key_unknown");
    }
  });

  test("of a member that is being deleted is refused", () => {
    const metadata = { ...ada.member.metadata, deletionTimestamp: "2026-06-01T00:00:00Z" };
    expect(refusal(authenticate(key(ada.key), indexKeys([{ ...ada.member, metadata }]), now))).toBe("key_unknown");
  });

  test("without a scope may not do what needs it", () => {
    const some = memberWithKey("ada", {}, { scopes: ["embeddings"] });
    const principal = authenticate(key(some.key), indexKeys([some.member]), now) as Principal;
    expect(scopeRefusal(principal, "embeddings")).toBeUndefined();
    expect(scopeRefusal(principal, "inference")?.code).toBe("scope_missing");
  });
});

describe("a signature", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const head = Buffer.concat([
    Buffer.from("0000000b", "hex"),
    Buffer.from("ssh-ed25519"),
    Buffer.from("00000020", "hex"),
  ]);
  const base64 = Buffer.concat([head, raw]).toString("base64");
  const bob = memberWithKey("bob", { sshKeys: [`ssh-ed25519 ${base64} bob@laptop`] });
  const keys = indexKeys([bob.member]);
  const signed = (atS: number, more: Partial<Extract<Credential, { kind: "signature" }>> = {}): Credential => {
    const text = `POST,/api/chat?ts=${atS}`;
    const signature = sign(null, Buffer.from(text), privateKey);
    return { kind: "signature", publicKey: base64, signature, signed: text, atS, ...more };
  };

  test("of a member's registered key, made within five minutes, is as good as a key", () => {
    for (const seconds of [-300, 0, 300]) {
      expect(authenticate(signed(now / 1000 + seconds), keys, now)).toMatchObject({ member: "bob", keyId: "ssh" });
    }
  });

  const refusals: Record<string, { credential: Credential; code: string }> = {
    "made too long ago": { credential: signed(now / 1000 - 301), code: "signature_too_old" },
    "made in the future": { credential: signed(now / 1000 + 301), code: "signature_too_old" },
    "of another text": { credential: signed(now / 1000, { signed: "POST,/api/delete" }), code: "key_unknown" },
    "of nobody's key": {
      credential: signed(now / 1000, { publicKey: base64.replace("ssh", "xxx").slice(4) }),
      code: "key_unknown",
    },
    "that is no signature": { credential: signed(now / 1000, { signature: Buffer.alloc(64) }), code: "key_unknown" },
    "that is empty": { credential: signed(now / 1000, { signature: Buffer.alloc(0) }), code: "key_unknown" },
  };
  for (const [words, { credential, code }] of Object.entries(refusals)) {
    test(`${words} is refused: ${code}`, () => expect(refusal(authenticate(credential, keys, now))).toBe(code));
  }

  test("of a key that two members claim proves neither", () => {
    const eve = memberWithKey("eve", { sshKeys: [`ssh-ed25519 ${base64}`] });
    expect(refusal(authenticate(signed(now / 1000), indexKeys([bob.member, eve.member]), now))).toBe("key_unknown");
  });

  test("of another kind of key is not checked at all", () => {
    const rsa = memberWithKey("rsa", { sshKeys: ["ssh-rsa AAAAB3NzaC1yc2E= x"] });
    const credential = signed(now / 1000, { publicKey: "AAAAB3NzaC1yc2E=" });
    expect(refusal(authenticate(credential, indexKeys([rsa.member]), now))).toBe("key_unknown");
  });
});

test("nothing presented is refused with what to send", () => {
  expect(authenticate(undefined, indexKeys([]), now)).toMatchObject({ code: "key_missing", status: 401 });
});
