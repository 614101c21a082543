/**
 * One digest for one meaning. A document is named by the SHA-256 of its data in the canonical form of RFC 8785 (sorted
 * names, one spelling of each number and text), so that comments, order and quotes may change and the digest stays.
 * The data as written is what counts, before defaults: a later version of this program with other defaults must find the
 * same digest, or the chain of constitutions would break.
 */
import { canonicalJson, type JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { type Digest, digestOf as digestOfBytes, digestPattern } from "../../../operator/tlog/digest.ts";

export { canonicalJson, type Digest, digestPattern };

export function digestOf(value: JsonValue): Digest {
  return digestOfBytes(Buffer.from(canonicalJson(value), "utf8"));
}
