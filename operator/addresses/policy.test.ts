import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAddressPolicy } from "./policy.ts";

const policy = createAddressPolicy({ allow: [] });

describe("without configuration", () => {
  test.each([
    ["a public IPv4 address", "93.184.216.34"],
    ["a public IPv6 address", "2606:2800:220:1::1"],
    ["a public IPv4 address in mapped form", "::ffff:93.184.216.34"],
    ["a public IPv4 address behind NAT64", "64:ff9b::93.184.216.34"],
  ])("connects to %s", (_, address) => {
    expect(policy.check(address, 443)).toBeUndefined();
  });

  test.each([
    ["loopback", "127.0.0.1", "loopback"],
    ["loopback anywhere in its network", "127.9.8.7", "loopback"],
    ["IPv6 loopback", "::1", "loopback"],
    ["loopback in mapped form", "::ffff:127.0.0.1", "loopback"],
    ["loopback in mapped form, as hex", "::ffff:7f00:1", "loopback"],
    ["loopback in the old compatible form", "::7f00:1", "reserved"],
    ["loopback in the old compatible form with dots", "::127.0.0.1", "loopback"],
    ["loopback behind NAT64", "64:ff9b::7f00:1", "NAT64 form of 127.0.0.1, a loopback"],
    ["the local NAT64 prefix", "64:ff9b:1::5db8:d822", "reserved"],
    ["6to4", "2002:7f00:1::", "6to4"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"],
    ["the unspecified address", "0.0.0.0", "unspecified"],
    ["this network", "0.1.2.3", "unspecified"],
    ["the unspecified IPv6 address", "::", "unspecified"],
    ["the metadata service of clouds", "169.254.169.254", "link-local"],
    ["the metadata service in mapped form", "::ffff:a9fe:a9fe", "link-local"],
    ["the metadata service behind NAT64", "64:ff9b::a9fe:a9fe", "link-local"],
    ["IPv6 link-local", "fe80::1", "link-local"],
    ["IPv6 link-local with a zone", "fe80::1%eth0", "link-local"],
    ["the end of IPv6 link-local", "febf::1", "link-local"],
    ["site-local", "fec0::1", "private"],
    ["10.0.0.0/8", "10.96.0.1", "private"],
    ["172.16.0.0/12", "172.31.255.255", "private"],
    ["192.168.0.0/16", "192.168.1.1", "private"],
    ["unique-local", "fd00:ec2::254", "private"],
    ["carrier-grade NAT", "100.64.0.1", "shared carrier"],
    ["multicast", "224.0.0.1", "multicast"],
    ["IPv6 multicast", "ff02::1", "multicast"],
    ["broadcast", "255.255.255.255", "broadcast"],
    ["reserved for the future", "240.0.0.1", "reserved"],
    ["benchmarking", "198.18.0.1", "reserved"],
    ["documentation", "192.0.2.1", "reserved"],
    ["IPv6 documentation", "2001:db8::1", "reserved"],
    ["segment routing", "5f00::1", "reserved"],
    ["IPv6 space that nobody was given", "4000::1", "reserved"],
    ["discard", "100::1", "reserved"],
  ])("refuses %s", (_, address, why) => {
    expect(policy.check(address, 443)).toContain(why);
  });

  test.each([
    ["a name", "localhost"],
    ["nothing", ""],
    ["a short form that only some programs read", "127.1"],
    ["a decimal form", "2130706433"],
    ["a hexadecimal form", "0x7f000001"],
    ["an octal form", "0177.0.0.1"],
  ])("refuses %s, which no socket reports as an address", (_, address) => {
    expect(policy.check(address, 443)).toContain("not an IP address");
  });

  test("the refusal says what to configure", () => {
    const named = createAddressPolicy({ allow: [], setting: "ALLOWED_ADDRESSES" });
    expect(named.check("127.0.0.1", 5000)).toBe(
      "127.0.0.1:5000 is a loopback address (this machine itself); add 127.0.0.1:5000 to ALLOWED_ADDRESSES if that is meant",
    );
    expect(named.check("::1", 5000)).toContain("add [::1]:5000 to");
  });

  test("nothing outside 2000::/3 and its wrapped forms counts as public", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        fc.pre((bytes[0] ?? 0) >> 5 !== 1 && bytes[0] !== 0);
        const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2]! << 8) | bytes[i * 2 + 1]!).toString(16));
        expect(policy.check(groups.join(":"), 443)).toBeDefined();
      }),
    );
  });
});

describe("with allowed addresses", () => {
  test.each([
    ["one address and port", "127.0.0.1:5000", "127.0.0.1", 5000, true],
    ["but not its other ports", "127.0.0.1:5000", "127.0.0.1", 5001, false],
    ["nor its neighbour", "127.0.0.1:5000", "127.0.0.2", 5000, false],
    ["one address with all ports", "10.1.2.3", "10.1.2.3", 1, true],
    ["a network", "10.0.0.0/8", "10.255.1.1", 443, true],
    ["but not beyond it", "10.0.0.0/9", "10.255.1.1", 443, false],
    ["a network with a port", "10.0.0.0/8:8443", "10.1.1.1", 8443, true],
    ["but not its other ports", "10.0.0.0/8:8443", "10.1.1.1", 443, false],
    ["an IPv6 address with a port", "[fd00::1]:5000", "fd00::1", 5000, true],
    ["an IPv6 network", "fd00::/8", "fdff::1", 443, true],
    ["an IPv6 network with a port", "[fd00::/8]:443", "fdff::1", 80, false],
    ["an IPv4 network for the mapped form too", "10.0.0.0/8", "::ffff:10.0.0.1", 443, true],
    ["but no IPv6 address for an IPv4 network", "0.0.0.0/0", "::1", 443, false],
  ])("takes %s", (_, entry, address, port, allowed) => {
    const configured = createAddressPolicy({ allow: [entry] });
    expect(configured.check(address, port) === undefined).toBe(allowed);
    expect(configured.isAllowedByName(address, port)).toBe(allowed);
  });

  test("a public address is reachable, but not allowed by name", () => {
    expect(policy.isAllowedByName("93.184.216.34", 80)).toBe(false);
  });

  test("a cluster's own range is refused although public, unless it is allowed", () => {
    const cluster = { allow: ["34.118.224.1:443"], refuse: ["34.118.224.0/20"] };
    expect(createAddressPolicy(cluster).check("34.118.225.9", 443)).toContain("in a range of this cluster");
    expect(createAddressPolicy(cluster).check("34.118.224.1", 443)).toBeUndefined();
  });

  test.each([
    "localhost:5000",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0/8",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:http",
    "fd00::/129",
    "[fd00::1]5000",
    "",
    "10.0.0.0/8/8",
  ])("an entry that cannot be read is named: %j", (entry) => {
    expect(() => createAddressPolicy({ allow: [entry] })).toThrow(`cannot read ${JSON.stringify(entry)}`);
  });
});
