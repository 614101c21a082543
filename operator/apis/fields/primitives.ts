/** Field types that several kinds use. Every string and list is bounded: CEL's cost limits need it, and so does a reader. */
import { z } from "zod";
import { rules } from "../kind.ts";

export const sha256Pattern = /^[0-9a-f]{64}$/;
export const digestPattern = /^sha256:[0-9a-f]{64}$/;
/** A Kubernetes quantity of bytes, as people write memory: `6Gi`, `512Mi`, `8000000000`. */
export const quantityPattern = /^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/;
/** RFC 1123 label, the form of namespace and member names. */
export const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1123 subdomain: names of most objects. What is none could never exist, and would be shown to people. */
const objectNamePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export const sha256 = () => z.string().regex(sha256Pattern).max(64);
export const digest = () => z.string().regex(digestPattern).max(71);
/** A number of bytes below 1 MiB is always a forgotten unit: `memory: 6` would be six bytes. */
export const quantity = () =>
  z
    .string()
    .regex(quantityPattern)
    .min(1)
    .max(32)
    .meta(
      rules({
        rule: "isQuantity(self) && quantity(self).compareTo(quantity('1Mi')) >= 0",
        messageExpression: "'\"' + self + '\" is less than 1 MiB; write a unit, for example ' + self + 'Gi'",
      }),
    );
export const bytes = () => z.int().min(0).meta({ format: "int64" });
export const count = () => z.int().min(0).meta({ format: "int32" });
export const dateTime = () => z.string().max(64).meta({ format: "date-time" });
export const objectName = () => z.string().min(1).max(253).regex(objectNamePattern);
/** A few words on one line, as people write them in any script; `kubectl get` prints them into a terminal. */
export const words = (charsMax = 128) =>
  z
    .string()
    .max(charsMax)
    .meta(
      rules({
        rule: "!self.matches('[\\\\p{Cc}\\\\p{Zl}\\\\p{Zp}\\\\x{61c}\\\\x{200b}\\\\x{200e}\\\\x{200f}\\\\x{202a}-\\\\x{202e}\\\\x{2060}-\\\\x{2069}\\\\x{feff}]')",
        message: "holds a control character, or one that is invisible or turns the direction of text",
      }),
    );
/** Name of a git object. */
export const gitOid = () =>
  z
    .string()
    .max(64)
    .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
export const namespaceName = () => z.string().min(1).max(63);

/** A file to fetch: pinned by content, so that who serves it need not be trusted. */
export const fileSource = () =>
  z.object({
    url: z
      .string()
      .min(1)
      .max(2048)
      .regex(/^https?:\/\/[^\s]+$/)
      .meta(
        rules(
          {
            rule: "!self.matches('^https?://[^/]*@')",
            message: "a URL must not carry a user or password: it is readable by everybody who may read this object",
          },
          {
            rule: "!self.contains('#')",
            message: "leave out the fragment (# and what follows): a server never sees it",
          },
        ),
      )
      .describe(
        "Where the file is. https, or http where the address policy allows it. Checked after name resolution and on every redirect.",
      ),
    sha256: sha256().describe(
      "SHA-256 of the file, 64 lower-case hex digits. This is the pin: other content is never used.",
    ),
    size: bytes().min(1).describe("Size of the file in bytes. A longer or shorter answer is refused."),
  });

/** The standard label selector, with the bounds that a CRD needs. */
export const labelSelector = () =>
  z.object({
    matchLabels: z
      .record(z.string().max(316), z.string().max(63))
      .meta({ maxProperties: 32 })
      .optional()
      .describe("Labels that must be present with exactly this value."),
    matchExpressions: z
      .array(
        z
          .object({
            key: z.string().min(1).max(316).describe("Label key."),
            operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("How key and values relate."),
            values: z.array(z.string().max(63)).max(32).optional().describe("Values for In and NotIn."),
          })
          .meta(
            rules(
              {
                rule: "!(self.operator in ['In', 'NotIn']) || (has(self.values) && self.values.size() > 0)",
                messageExpression: "'operator ' + self.operator + ' needs at least one value'",
              },
              {
                rule: "!(self.operator in ['Exists', 'DoesNotExist']) || !has(self.values) || self.values.size() == 0",
                messageExpression: "'operator ' + self.operator + ' takes no values'",
              },
            ),
          ),
      )
      .max(16)
      .optional()
      .describe("Further requirements; all must hold."),
  });
