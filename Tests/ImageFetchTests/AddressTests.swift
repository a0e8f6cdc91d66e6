import Testing

@testable import ImageFetch

@Suite struct AddressTests {
  @Test(
    "Spellings of the same place have one form",
    arguments: [
      ("https://Images.Example.com/a/b.png", "https://images.example.com/a/b.png"),
      ("HTTPS://images.example.com:443/a", "https://images.example.com/a"),
      ("https://images.example.com./a", "https://images.example.com/a"),
      ("https://images.example.com:8443/a", "https://images.example.com:8443/a"),
      ("https://images.example.com", "https://images.example.com/"),
      ("https://h.example/a/./b/../c.png", "https://h.example/a/c.png"),
      ("https://h.example/a/%2e%2E/c.png", "https://h.example/c.png"),
      ("https://h.example/a/..", "https://h.example/"),
      ("https://h.example/%61.png", "https://h.example/a.png"),
      ("https://h.example/a%20b.png?x=%2F..&y=1#part", "https://h.example/a%20b.png?x=%2F..&y=1"),
      ("https://h.example/%E4%BD%A0.png", "https://h.example/%E4%BD%A0.png"),
      ("https://h.example/100%25.png", "https://h.example/100%25.png"),
      ("https://192.0.2.1/a", "https://192.0.2.1/a"),
      ("https://[2001:DB8:0:0::1]:444/a", "https://[2001:db8::1]:444/a"),
      ("file:///srv/images/../images/a.png", "file:///srv/images/a.png"),
      ("file://localhost/srv/a.png", "file:///srv/a.png"),
    ])
  func normal(_ given: String, _ normal: String) throws {
    let address = try ImageAddress(given)
    #expect(address.text == normal)
    #expect(try ImageAddress(normal) == address)
  }

  @Test(
    "What servers read in more than one way is refused",
    arguments: [
      "", "a.png", "/srv/a.png", "https:/h.example/a", "https:h.example", "ftp://h.example/a",
      "data:image/png;base64,AA",
      "gopher://h.example/", "javascript:alert(1)", "//h.example/a", "https://", "https:///a", "https://?q",
      "https://user@h.example/a", "https://user:pass@h.example/a", "https://h.example@evil.example/a",
      "https://h.example:0/a", "https://h.example:65536/a", "https://h.example:/a", "https://h.example:8o/a",
      "https://h.example:-1/a", "https://h..example/a", "https://.example/a", "https://h.example../a",
      "https://h%2eexample/a", "https://h.example%00.evil.example/a", "https://h_\u{E9}.example/a",
      "https://2130706433/a", "https://0x7f000001/a", "https://0x7f.1/a", "https://127.1/a", "https://0177.0.0.1/a",
      "https://127.0.0.01/a", "https://1.2.3.4.5/a", "https://h.0x1/a", "https://256.1.1.1/a",
      "https://[::1/a", "https://[::1%25eth0]/a", "https://[1.2.3.4]/a", "https://::1/a", "https://[::1]x/a",
      "https://h.example/../a", "https://h.example/a/../../b", "https://h.example/a%2fb", "https://h.example/a%5Cb",
      "https://h.example/a\\b", "https://h.example\\@evil.example/", "https://h.example/a%00b",
      "https://h.example/a%0Ab",
      "https://h.example/%252e%252e/b", "https://h.example/a%252fb", "https://h.example/..;/b",
      "https://h.example/.;x/b",
      "https://h.example/%25252e%25252e/b", "https://h.example/%zz", "https://h.example/%", "https://h.example/%ff",
      "https://h.example/a b", "https://h.example/\u{E4}", "https://h.example/\ta", "file://h.example/srv/a.png",
      "file:///srv/a.png?x", "file:srv/a.png", "file:///srv/%2e%2e/%2e%2e/etc/passwd", "file:///srv/a%00.png",
    ])
  func refused(_ text: String) {
    #expect(throws: ImageAddressError.self) { try ImageAddress(text) }
  }

  @Test(
    "A prefix lets in whole segments of its own scheme, host and port",
    arguments: [
      ("https://h.example/shop", "https://h.example/shop", true),
      ("https://h.example/shop", "https://h.example/shop/a", true),
      ("https://h.example/shop/", "https://h.example/shop/a/b", true),
      ("https://h.example/shop/", "https://H.EXAMPLE.:443/shop/a", true),
      ("https://h.example/shop/", "https://h.example/%73hop/a?signature=1", true),
      ("https://h.example/shop", "https://h.example/shops/a", false),
      ("https://h.example/shop", "https://h.example/Shop/a", false),
      ("https://h.example/shop", "https://h.example/shop/../secret/a", false),
      ("https://h.example/shop", "https://h.example/", false),
      ("https://h.example/shop", "https://h.example:444/shop/a", false),
      ("https://h.example/shop", "https://evil.example/shop/a", false),
      ("https://h.example/shop", "https://h.example.evil.example/shop/a", false),
      ("https://h.example", "https://h.example/any/thing", true),
      ("https://h.example", "https://www.h.example/a", false),
      ("https://h.example/", "http://h.example/a", false), ("http://127.0.0.1:80/a", "http://127.0.0.1/a/b", true),
      ("https://[::1]/a", "https://[0:0:0:0:0:0:0:1]/a/b", true),
      ("file:///srv/images", "file:///srv/images/a.png", true),
      ("file:///srv/images", "file:///srv/images2/a.png", false),
      ("file:///srv/images", "file:///srv/images/../secret.png", false),
    ])
  func prefixes(_ prefix: String, _ address: String, _ isIn: Bool) throws {
    #expect(try ImagePrefix(prefix).admits(ImageAddress(address)) == isIn)
  }

  @Test(
    "Prefixes that would let in too much are refused",
    arguments: [
      "http://h.example/a", "http://10.0.0.1/a", "file:///", "file://", "https://h.example/a?b", "https://*.example/",
      "h.example/a", "", "https://user@h.example/",
    ])
  func refusedPrefixes(_ text: String) {
    #expect(throws: ImageAddressError.self) { try ImagePrefix(text) }
  }

  @Test(
    "Whom an IP address reaches",
    arguments: [
      ("8.8.8.8", .global), ("1.1.1.1", .global), ("100.63.255.255", .global), ("172.32.0.1", .global),
      ("10.1.2.3", .private), ("172.16.0.1", .private), ("172.31.255.255", .private), ("192.168.0.1", .private),
      ("100.64.0.1", .private), ("127.0.0.1", .loopback), ("127.255.255.254", .loopback),
      ("169.254.169.254", .linkLocal), ("0.0.0.0", .reserved), ("0.1.2.3", .reserved), ("224.0.0.1", .reserved),
      ("255.255.255.255", .reserved), ("198.18.0.1", .reserved), ("192.0.2.1", .reserved), ("240.0.0.1", .reserved),
      ("2606:4700:4700::1111", .global), ("::1", .loopback), ("::", .reserved), ("fe80::1", .linkLocal),
      ("febf::1", .linkLocal), ("fec0::1", .private), ("fc00::1", .private), ("fd00:ec2::254", .private),
      ("ff02::1", .reserved), ("2001:db8::1", .reserved), ("2001::1", .reserved), ("::ffff:127.0.0.1", .loopback),
      ("::ffff:10.0.0.1", .private), ("::ffff:169.254.169.254", .linkLocal), ("::ffff:8.8.8.8", .global),
      ("::127.0.0.1", .loopback), ("64:ff9b::10.0.0.1", .private), ("64:ff9b::8.8.8.8", .global),
      ("64:ff9b:1::1", .private), ("2002:7f00:1::1", .loopback), ("2002:a00:1::1", .private), ("4000::1", .reserved),
    ] as [(String, NetworkAddress.Reach)])
  func reach(_ text: String, _ reach: NetworkAddress.Reach) throws {
    #expect(try #require(NetworkAddress(text)).reach == reach)
  }

  @Test(
    "A name may not stand for an address of one's own network unless settings say so",
    arguments: [
      ("h.example", "8.8.8.8", true), ("h.example", "10.0.0.1", false), ("h.example", "127.0.0.1", false),
      ("h.example", "::ffff:127.0.0.1", false), ("h.example", "169.254.169.254", false),
      ("inside.example", "10.0.0.1", true), ("inside.example", "127.0.0.1", true),
      ("inside.example", "169.254.169.254", false), ("inside.example", "0.0.0.0", false),
      ("10.0.0.1", "10.0.0.1", true), ("169.254.169.254", "169.254.169.254", true), ("10.0.0.1", "10.0.0.2", false),
      ("localhost", "127.0.0.1", true), ("localhost", "::1", true), ("localhost", "10.0.0.1", false),
    ])
  func reachable(_ host: String, _ address: String, _ isAllowed: Bool) throws {
    let allowed = AllowedImages(privateHosts: ["inside.example"])
    #expect(allowed.admits(try #require(NetworkAddress(address)), of: host) == isAllowed)
  }
}
