/** X.509 certificates made in a test, in DER by hand: Node signs, but does not make them. ECDSA on P-256, valid from 2020 to 2049. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  /** SHA-256 of the public key's SPKI, hex: what a pin is. */
  readonly pin: string;
  readonly privateKey: KeyObject;
  readonly subject: string;
}

/** Signed by `issuer`, or by itself. `validTo` in ASN.1's form `YYMMDDHHMMSSZ`. */
export function makeCertificate(
  subject: string,
  options: { issuer?: Certificate; names?: readonly string[]; addresses?: readonly string[]; validTo?: string } = {},
): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const signed = sequence(
    tagged(0xa0, integer(2)),
    integer(++serial),
    algorithm,
    name(options.issuer?.subject ?? subject),
    sequence(utcTime("200101000000Z"), utcTime(options.validTo ?? "491231235959Z")),
    name(subject),
    spki,
    tagged(0xa3, sequence(...extensions(options))),
  );
  const signature = sign("sha256", signed, options.issuer?.privateKey ?? privateKey);
  const der = sequence(signed, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const body = der.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    pin: createHash("sha256").update(spki).digest("hex"),
    privateKey,
    subject,
  };
}

let serial = 0;

function extensions(options: {
  issuer?: Certificate;
  names?: readonly string[];
  addresses?: readonly string[];
}): Buffer[] {
  const yes = tagged(0x01, Buffer.from([0xff]));
  const authority = sequence(objectId("551d13"), yes, tagged(0x04, sequence(yes)));
  const names = [
    ...(options.names ?? []).map((dns) => tagged(0x82, Buffer.from(dns))),
    ...(options.addresses ?? []).map((address) => tagged(0x87, Buffer.from(address.split(".").map(Number)))),
  ];
  const alternative = sequence(objectId("551d11"), tagged(0x04, sequence(...names)));
  return [...(options.issuer ? [] : [authority]), ...(names.length > 0 ? [alternative] : [])];
}

/** ecdsa-with-SHA256. */
const algorithm = sequence(objectId("2a8648ce3d040302"));

function name(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId("550403"), tagged(0x0c, Buffer.from(commonName)))));
}

function utcTime(text: string): Buffer {
  return tagged(0x17, Buffer.from(text));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.from([value]));
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, body: Buffer): Buffer {
  const { length } = body;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), body]);
}
