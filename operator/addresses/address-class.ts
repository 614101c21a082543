/**
 * What kind of place an IP address is, as far as fetching is concerned: out on the Internet, or somewhere that only
 * this machine, this network or this cluster can reach. Registries:
 * https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 *
 * IPv6 can wrap an IPv4 address, and such a form must not smuggle in what the bare address is refused for: a mapped
 * address (`::ffff:127.0.0.1`) is connected to as IPv4, so it is that address; behind the well-known NAT64 prefix
 * (`64:ff9b::/96`) a gateway connects to the wrapped address, so what that one is decides. Of IPv6 only 2000::/3 is
 * handed out for the Internet (RFC 4291 §2.4); 6to4 and Teredo lie in it and are refused because they wrap IPv4
 * addresses in ways nobody needs any more.
 */
import ipaddr from "ipaddr.js";

export type Address = ReturnType<typeof ipaddr.parse>;

/** Parses an address without zone; a mapped IPv4 address becomes plain IPv4. `undefined` when it is not an address. */
export function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  // The library also reads "127.1", "0x7f.1" and "1"; a resolver or socket never reports those, so they are not
  // addresses here.
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.process(bare);
}

const words: Readonly<Record<string, string>> = {
  unspecified: "the unspecified address",
  broadcast: "the broadcast address",
  multicast: "a multicast address",
  linkLocal: "a link-local address (where clouds serve their machines' credentials)",
  loopback: "a loopback address (this machine itself)",
  carrierGradeNat: "a shared carrier address (100.64.0.0/10)",
  private: "a private address",
  uniqueLocal: "a private address",
  deprecatedSiteLocal: "a private address",
  reserved: "a reserved address",
  benchmarking: "a reserved address",
  amt: "a reserved address",
  as112: "a reserved address",
  "6to4": "a 6to4 address, which wraps an IPv4 address",
  teredo: "a Teredo address, which wraps an IPv4 address",
};

/** Why the address is not one on the Internet (`a loopback address …`), or `undefined` when it is. */
export function notPublic(address: Address): string | undefined {
  const wrapped = behindNat64(address);
  if (wrapped) {
    const why = notPublic(wrapped);
    return why && `a NAT64 form of ${wrapped.toString()}, ${why}`;
  }
  const range = address.range();
  if (range === "unicast") return outsideGlobalUnicast(address) ? "a reserved address" : undefined;
  return words[range] ?? "a reserved address";
}

/**
 * The IPv4 address in the last 32 bits of `64:ff9b::/96`. RFC 8215's local prefix `64:ff9b:1::/48` is not meant: it is
 * private.
 */
function behindNat64(address: Address): Address | undefined {
  if (address.kind() !== "ipv6") return undefined;
  if (!address.match(ipaddr.parseCIDR("64:ff9b::/96"))) return undefined;
  return ipaddr.fromByteArray(address.toByteArray().slice(12));
}

function outsideGlobalUnicast(address: Address): boolean {
  return address.kind() === "ipv6" && !address.match(ipaddr.parseCIDR("2000::/3"));
}
