import Foundation
import NIOSSL
import Synchronization
import TestSupport
import Testing

@testable import ImageFetch

@Suite struct FetchTests {
  private typealias Reply = ImageServer.Reply

  private static func settings(_ server: ImageServer, maximumBytes: Int = 1_000) throws -> ImageSettings {
    ImageSettings(
      allowed: AllowedImages([try ImagePrefix("\(server.origin)/images/")]), maximumBytes: maximumBytes,
      timeout: .seconds(1), concurrency: 4)
  }

  private static func failure(_ body: () async throws -> FetchedImage) async throws -> ImageFetchError {
    do {
      let image = try await body()
      throw Unexpected(bytes: image.bytes.count)
    } catch let error as ImageFetchError {
      return error
    }
  }

  private struct Unexpected: Error { let bytes: Int }

  @Test("Bytes and their hash come back; the query is part of what is asked for")
  func image() async throws {
    try await ImageServer.run { _, _ in
      .status(200, "abc")
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      let image = try await fetcher.fetch("\(server.origin)/images/x/%61.png?v=1#part")
      #expect(image.bytes == Array("abc".utf8))
      #expect(image.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      #expect(server.asked == ["/images/x/a.png?v=1"])
    }
  }

  @Test("What is in no prefix is not asked for, not even by a redirect")
  func prefixes() async throws {
    try await ImageServer.run { path, _ in
      switch path {
      case "/images/out": .redirect("/secret")
      case "/images/up": .redirect("../secret")
      case "/images/host": .redirect("http://localhost/images/a")
      case "/images/file": .redirect("file:///etc/passwd", status: 301)
      case "/images/user": .redirect("http://user@127.0.0.1/images/a")
      default: .status(200, "secret")
      }
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      for path in ["/secret", "/images/../secret", "/imagesx/a", "/"] {
        let error = try await Self.failure { try await fetcher.fetch(server.origin + path) }
        #expect(error.cause == .notAllowed && error.blame == .image)
      }
      #expect(server.asked.isEmpty)
      let hops = ["out", "up", "host", "file", "user"]
      for path in hops {
        let error = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/\(path)") }
        #expect([.notAllowed, .address].contains(error.cause) && error.blame == .image, "\(path): \(error)")
      }
      #expect(server.asked == hops.map { "/images/\($0)" })
    }
  }

  @Test("Redirects below the prefix are followed, a few; one without a place is none")
  func redirects() async throws {
    try await ImageServer.run { path, _ in
      switch path {
      case "/images/1": .redirect("/images/2", status: 301)
      case "/images/2": .redirect("3", status: 307)
      case "/images/3": .status(200, "abc")
      case "/images/nowhere": .status(302)
      default: .redirect("/images/loop", status: 308)
      }
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      #expect(try await fetcher.fetch("\(server.origin)/images/1").bytes == Array("abc".utf8))
      for path in ["loop", "nowhere"] {
        let error = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/\(path)") }
        #expect(error.blame == .image && error.cause == .missing)
      }
      #expect(server.asked.count { $0 == "/images/loop" } == 6)
    }
  }

  @Test("A file that is too long is given up, whether its length is announced or not")
  func size() async throws {
    try await ImageServer.run { path, _ in
      switch path {
      case "/images/announced": .status(200, String(repeating: "x", count: 1_001))
      case "/images/chunks":
        Reply(
          parts: ["HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"]
            + Array(repeating: "100\r\n" + String(repeating: "x", count: 256) + "\r\n", count: 100))
      case "/images/close":
        Reply(parts: ["HTTP/1.1 200 X\r\nConnection: close\r\n\r\n", String(repeating: "x", count: 5_000)])
      default: .status(200, String(repeating: "x", count: 1_000))
      }
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      for path in ["announced", "chunks", "close"] {
        let error = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/\(path)") }
        #expect(error.cause == .tooLarge && error.blame == .image, "\(path): \(error)")
      }
      #expect(try await fetcher.fetch("\(server.origin)/images/just").bytes.count == 1_000)
    }
  }

  @Test("Slow drips, silence, and half an answer are likely the world's")
  func drips() async throws {
    try await ImageServer.run { path, _ in
      switch path {
      case "/images/drip":
        Reply(
          parts: ["HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n"] + Array(repeating: "x", count: 900),
          pause: .milliseconds(50))
      case "/images/silent": Reply(parts: ["", ""], pause: .seconds(30))
      default: Reply(parts: ["HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n", "half"])
      }
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      for path in ["drip", "silent", "half"] {
        let error = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/\(path)") }
        #expect(error.cause == .server && error.blame == .likelyWorld, "\(path): \(error)")
      }
    }
  }

  @Test("Another image than before is refused by its hash")
  func changed() async throws {
    try await ImageServer.run { _, number in
      .status(200, "version \(number)")
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      let first = try await fetcher.fetch("\(server.origin)/images/a")
      let error = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/a", sha256: first.sha256) }
      #expect(error.cause == .changed && error.blame == .image)
    }
  }

  @Test("A host that fails again and again is left alone; one whose images are missing is not")
  func circuit() async throws {
    try await ImageServer.run { path, _ in
      .status(path == "/images/gone" ? 404 : 503)
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      for _ in 0..<20 {
        #expect(try await Self.failure { try await fetcher.fetch("\(server.origin)/images/gone") }.blame == .image)
      }
      var last: ImageFetchError?
      for _ in 0..<20 { last = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/a") } }
      #expect(last?.blame == .world)
      #expect(last?.retryAfter != nil)
      #expect(server.asked.count { $0 == "/images/a" } < 20)
    }
  }

  @Test("Each status a server may give", arguments: [401, 403, 404, 429, 500])
  func statuses(_ status: Int) async throws {
    try await ImageServer.run { _, _ in
      .status(status, "no", "Retry-After: 7")
    } _: { server in
      let fetcher = try ImageFetcher(Self.settings(server))
      let error = try await Self.failure { try await fetcher.fetch("\(server.origin)/images/a") }
      #expect(error.blame == ImageFetchError.status(status, at: try ImageAddress("https://h/a"), retryAfter: nil).blame)
      #expect(error.retryAfter == .seconds(7))
    }
  }

  @Test("Nobody listens: the world's")
  func refusedConnection() async throws {
    let settings = ImageSettings(allowed: AllowedImages([try ImagePrefix("http://127.0.0.1:1/")]))
    let fetcher = ImageFetcher(settings)
    let error = try await Self.failure { try await fetcher.fetch("http://127.0.0.1:1/a") }
    #expect(error.blame == .world && error.cause == .connection)
  }

  @Test(
    "A name that moves to an address of one's own network is asked no more; what was checked is what is connected to")
  func rebinding() async throws {
    try await ImageServer.run { _, _ in
      .status(200, "abc")
    } _: { server in
      let place = "http://localhost:\(server.port)/"
      let allowed = AllowedImages([try ImagePrefix(place)])
      let answers = Mutex([["127.0.0.1", "10.0.0.1"], ["10.0.0.1"]])
      let looks = Mutex(0)
      let fetcher = ImageFetcher(ImageSettings(allowed: allowed, timeout: .seconds(5))) { _, _ in
        looks.withLock { $0 += 1 }
        return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.compactMap(NetworkAddress.init)
      }
      // The client is bound to what was checked: the name is not looked up a second time for the connection.
      #expect(try await fetcher.fetch(place + "a").bytes == Array("abc".utf8))
      #expect(looks.withLock { $0 } == 1)
      let second = ImageFetcher(ImageSettings(allowed: allowed)) { _, _ in [NetworkAddress("10.0.0.1")!] }
      let error = try await Self.failure { try await second.fetch(place + "a") }
      #expect(error.blame == .world && error.reason.contains("images.private_hosts"))
      #expect(server.asked == ["/a"])
    }
  }

  @Test(
    "Over TLS an image comes where the host proves its name by an authority that the settings name, and not otherwise",
    arguments: [
      (["DNS:localhost"], "localhost", true, true), (["DNS:localhost"], "localhost", false, false),
      (["DNS:localhost"], "other.test", true, false), (["IP:127.0.0.1", "DNS:localhost"], "localhost", true, true),
      // An address of its own is not whatever name leads there.
      (["IP:127.0.0.1"], "other.test", true, false), (["IP:127.0.0.1", "DNS:localhost"], "other.test", true, false),
      (["IP:127.0.0.1"], "127.0.0.1", true, true), (["DNS:*.shop.test"], "a.shop.test", true, true),
      (["DNS:*.shop.test"], "shop.test", true, false), (["DNS:*.shop.test"], "a.b.shop.test", true, false),
    ])
  func encrypted(_ names: [String], _ host: String, isTrusted: Bool, comes: Bool) async throws {
    try await PrivateAuthority.with(names: names) { authority in
      let authorities = isTrusted ? try NIOSSLCertificate.fromPEMFile(authority.certificate) : []
      try await ImageServer.run(tls: authority.context) { _, _ in
        .status(200, "abc")
      } _: { server in
        let place = "https://\(host):\(server.port)/"
        let allowed = AllowedImages([try ImagePrefix(place)], privateHosts: [host])
        let settings = ImageSettings(allowed: allowed, timeout: .seconds(20), authorities: authorities)
        let fetcher = ImageFetcher(settings) { _, _ in [NetworkAddress("127.0.0.1")].compactMap(\.self) }
        guard comes else {
          let error = try await Self.failure { try await fetcher.fetch(place + "a") }
          return #expect(error.blame == .world && error.cause == .connection, "\(error)")
        }
        #expect(try await fetcher.fetch(place + "a").bytes == Array("abc".utf8))
      }
    }
  }

  @Test("A second address serves where the first cannot be reached")
  func nextAddress() async throws {
    try await ImageServer.run { _, _ in
      .status(200, "abc")
    } _: { server in
      let place = "http://localhost:\(server.port)/"
      let settings = ImageSettings(allowed: AllowedImages([try ImagePrefix(place)]), timeout: .seconds(5))
      // Nothing listens at the first one's port.
      let fetcher = ImageFetcher(settings) { _, _ in ["127.0.0.2", "127.0.0.1"].compactMap(NetworkAddress.init) }
      _ = try await Self.failure { try await fetcher.fetch(place + "a") }
      #expect(try await fetcher.fetch(place + "a").bytes == Array("abc".utf8))
    }
  }
}
