/** `spec.endpoint` of a ModelHost: how it is reached, and what proves that it is the one. */
import { z } from "zod";
import { objectName, sha256 } from "../fields/primitives.ts";
import { rules } from "../kind.ts";

const secretKey = z.object({
  name: objectName().describe("Name of the Secret, in the namespace of the operator: it may read no other."),
  key: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)
    .default("token")
    .describe("Key in the Secret."),
});

const direct = z
  .object({
    url: z
      .string()
      .min(1)
      .max(2048)
      .meta(
        rules(
          {
            rule: "self.matches('^https?://')",
            message: "the URL must start with https:// (or http:// on loopback or inside the cluster)",
          },
          {
            rule: "!self.matches('^https?://[^/]*@')",
            message: "a URL must not carry a user or password: put a token in a Secret and name it in bearerToken",
          },
          {
            rule: "self.matches('^[a-z]+://[^/?#]*/?$')",
            message: "give only scheme, host and port: paths such as /api are added by us",
          },
          {
            rule: "!self.matches('^https?://(0\\\\.0\\\\.0\\\\.0|\\\\[::\\\\])(:|/|$)')",
            message:
              "0.0.0.0 is where a server listens, not an address to call: give the machine's own name or address",
          },
          {
            rule: "!self.matches('^https?://169\\\\.254\\\\.')",
            message: "link-local addresses are never called: they hold the metadata services of clouds",
          },
        ),
      )
      .describe(
        "Base URL of the engine, for example https://gpu1.example.org:11434. Plain http only on loopback or inside the cluster.",
      ),
    caBundle: z
      .string()
      .max(65536)
      .meta(
        rules(
          {
            rule: "self.contains('-----BEGIN CERTIFICATE-----')",
            message: "caBundle must be PEM: -----BEGIN CERTIFICATE-----",
          },
          {
            rule: "!self.contains('PRIVATE KEY')",
            message: "caBundle holds a private key: only certificates belong here; treat that key as leaked",
          },
        ),
      )
      .optional()
      .describe("PEM certificates that the server's certificate must chain to, instead of the system's."),
    publicKeySha256: sha256()
      .optional()
      .describe("SHA-256 of the server's public key (SPKI, DER), hex: only that key is accepted."),
    clientCertificate: z
      .object({ name: objectName().describe("Name of the Secret, in the namespace of the operator.") })
      .optional()
      .describe("Secret of type kubernetes.io/tls that we present to the server."),
    bearerToken: secretKey.optional().describe("Secret with a token that is sent as Authorization: Bearer."),
  })
  .meta(
    rules(
      {
        rule: "!(self.url.startsWith('http://') && has(self.bearerToken))",
        message: "bearerToken over plain http would be readable on the way: use https",
      },
      {
        rule: "!(self.url.startsWith('http://') && (has(self.caBundle) || has(self.publicKeySha256) || has(self.clientCertificate)))",
        message:
          "caBundle, publicKeySha256 and clientCertificate say how to do TLS, but the URL is plain http: use https",
      },
    ),
  );

const tunnel = z.object({
  publicKey: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^ssh-ed25519 [A-Za-z0-9+/=]+( [ -~]*)?$/)
    .describe("The host's own key (ssh-ed25519). The machine dials out and proves that it holds it."),
});

export const endpoint = z
  .object({
    direct: direct.optional().describe("Reached by URL."),
    tunnel: tunnel.optional().describe("Dials out to us."),
  })
  .meta(
    rules({
      rule: "has(self.direct) != has(self.tunnel)",
      message: "set exactly one of endpoint.direct, endpoint.tunnel",
    }),
  )
  .describe("How it is reached: exactly one of direct, tunnel.");

export type DirectEndpoint = z.output<typeof direct>;
