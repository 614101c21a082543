/**
 * Which addresses this system connects to when it follows a URL that somebody wrote into a resource: a model file, a
 * registry, a provider, a host's endpoint. Public addresses are free. Everything that only a machine inside could reach
 * (loopback, link-local with its metadata service, private networks, the cluster's own ranges) is refused unless the
 * configuration names it, because the writer of the resource would otherwise borrow this system's place in the network
 * (server-side request forgery).
 *
 * A name proves nothing: the policy judges the address that is really connected to (`connector.ts`), for every redirect
 * anew.
 */
import type ipaddr from "ipaddr.js";
import { type Address, notPublic, parseAddress } from "./address-class.ts";

export interface AddressPolicyOptions {
  /**
   * Addresses or networks, each with an optional port: `127.0.0.1:5000`, `10.0.0.0/8`, `10.1.0.0/16:443`,
   * `[fd00::1]:5000`, `fd00::/8`.
   */
  allow: readonly string[];
  /**
   * Networks that are refused although public: a cluster's pod and service ranges, for example. `allow` wins over it.
   */
  refuse?: readonly string[];
  /** What the configuration is called where a person sets it; the refusal says it. */
  setting?: string;
}

export interface AddressPolicy {
  /**
   * Why `address` (an IP address) must not be connected to on `port`, as a sentence that says how to allow it;
   * `undefined`: it may.
   */
  check(address: string, port: number): string | undefined;
  /** Whether `allow` names it: such a place is also trusted with plain http. */
  isAllowedByName(address: string, port: number): boolean;
}

/** Throws a `TypeError` that names the entry when one cannot be read. */
export function createAddressPolicy(options: AddressPolicyOptions): AddressPolicy {
  const allow = options.allow.map(parseRule);
  const refuse = (options.refuse ?? []).map(parseRule);
  const setting = options.setting ?? "the allowed addresses";
  return {
    isAllowedByName(text, port) {
      const address = parseAddress(text);
      return address !== undefined && allow.some((rule) => covers(rule, address, port));
    },
    check(text, port) {
      const address = parseAddress(text);
      if (!address) return "what the name resolved to is not an IP address";
      if (allow.some((rule) => covers(rule, address, port))) return undefined;
      const why = refuse.some((rule) => covers(rule, address, port))
        ? "in a range of this cluster"
        : notPublic(address);
      return why && `${written(address, port)} is ${why}; add ${written(address, port)} to ${setting} if that is meant`;
    },
  };
}

interface Rule {
  network: Address;
  prefixBits: number;
  /** Undefined: every port. */
  port: number | undefined;
}

function parseRule(text: string): Rule {
  const { place, port } = splitPort(text.trim());
  const [addressText = "", prefixText, ...more] = place.split("/");
  const network = more.length === 0 ? parseAddress(addressText) : undefined;
  const widest = network?.kind() === "ipv4" ? 32 : 128;
  const prefixBits = prefixText === undefined ? widest : wholeNumber(prefixText);
  const portNumber = port === undefined ? undefined : wholeNumber(port);
  if (!network || !(prefixBits <= widest) || (portNumber !== undefined && !(portNumber >= 1 && portNumber <= 65535))) {
    throw new TypeError(
      `address policy: cannot read ${JSON.stringify(text)}; write an address, a network or either with a port, ` +
        `for example 127.0.0.1:5000, 10.0.0.0/8, 10.0.0.0/8:443 or [fd00::1]:5000`,
    );
  }
  return { network, prefixBits, port: portNumber };
}

/** `10.0.0.0/8:443` → `10.0.0.0/8`, `443`. An IPv6 address has a port only behind brackets. */
function splitPort(text: string): { place: string; port?: string } {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  const [, inner = "", behind] = bracketed ?? [];
  if (bracketed) return behind === undefined ? { place: inner } : { place: inner, port: behind };
  const [place = "", port, ...more] = text.split(":");
  return port === undefined || more.length > 0 ? { place: text } : { place, port };
}

/** NaN for anything but decimal digits: every comparison with it is false. */
function wholeNumber(text: string): number {
  return /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
}

function covers(rule: Rule, address: Address, port: number): boolean {
  if (rule.port !== undefined && rule.port !== port) return false;
  if (rule.network.kind() !== address.kind()) return false;
  return address.match(rule.network as ipaddr.IPv4 & ipaddr.IPv6, rule.prefixBits);
}

function written(address: Address, port: number): string {
  const text = address.toString();
  return address.kind() === "ipv6" ? `[${text}]:${port}` : `${text}:${port}`;
}
