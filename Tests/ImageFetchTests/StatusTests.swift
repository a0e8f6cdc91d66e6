import LargeModelFlow
import Settings
import Testing

@testable import ImageFetch

@Suite struct StatusTests {
  @Test(
    "A status is the world's fault or the image's",
    arguments: [
      (204, .image, .missing), (304, .image, .missing), (400, .image, .missing), (401, .world, .rights),
      (403, .unclear, .rights), (404, .image, .missing), (407, .world, .rights), (408, .likelyWorld, .server),
      (410, .image, .missing), (415, .image, .missing), (421, .world, .connection), (425, .likelyWorld, .server),
      (429, .likelyWorld, .rateLimit), (451, .image, .missing), (500, .likelyWorld, .server),
      (503, .likelyWorld, .server), (599, .likelyWorld, .server),
    ] as [(Int, ImageFetchError.Blame, ImageFetchError.Cause)])
  func statuses(_ status: Int, _ blame: ImageFetchError.Blame, _ cause: ImageFetchError.Cause) throws {
    let error = ImageFetchError.status(status, at: try ImageAddress("https://h.example/a"), retryAfter: nil)
    #expect(error.blame == blame)
    #expect(error.cause == cause)
    #expect(error.description.contains("https://h.example/a"))
    #expect(!error.reason.contains("/a"))
  }

  private func error(_ status: Int, retryAfter: Duration? = nil) throws -> ImageFetchError {
    .status(status, at: try ImageAddress("https://h.example/a"), retryAfter: retryAfter)
  }

  @Test("What every image meets is charged to none, and waits longer and longer")
  func world() throws {
    var patience = FetchPatience(retry: RetryPolicy(base: .seconds(1), cap: .seconds(5)))
    for wait in [1, 2, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5] {
      #expect(patience.failed("a", by: try error(503)) == .wait(.seconds(wait), othersCome: false))
    }
    #expect(
      patience.failed("b", by: try error(429, retryAfter: .seconds(30))) == .wait(.seconds(30), othersCome: false))
  }

  @Test("An image that fails alone is rejected in the end; a missing right is never charged")
  func alone() throws {
    var patience = FetchPatience()
    for (status, most) in [(404, 1), (403, 3), (500, 8)] {
      for number in 1...most {
        let decision = patience.failed("a", by: try error(status))
        #expect((decision == .reject) == (number == most), "status \(status), failure \(number)")
        patience.succeeded("another")
      }
    }
    for _ in 0..<100 {
      #expect(patience.failed("a", by: try error(401)) != .reject)
      patience.succeeded("another")
    }
  }

  @Test("While one host is away, its images wait, whatever other hosts give")
  func places() throws {
    var patience = FetchPatience()
    for _ in 0..<100 {
      #expect(patience.failed("https://away.example/a", by: try error(503)) != .reject)
      patience.succeeded("https://h.example/b")
      patience.succeeded("https://away.example:8443/b")
    }
    for number in 2...8 {
      patience.succeeded("https://away.example/b")
      let decision = patience.failed("https://away.example/a", by: try error(503))
      #expect((decision == .reject) == (number == 8), "failure \(number)")
    }
  }

  @Test("What fails for the world's reasons is no evidence, and a wish to wait for an hour is not obeyed")
  func noEvidence() throws {
    var patience = FetchPatience()
    for _ in 0..<10 {
      #expect(patience.failed("a", by: try error(401)) != .reject)
      patience.succeeded("another")
    }
    #expect(
      patience.failed("a", by: try error(403, retryAfter: .seconds(3600)))
        == .wait(.seconds(60), othersCome: true))
  }

  @Test("An image that was fetched at last begins anew")
  func recovered() throws {
    var patience = FetchPatience()
    for _ in 0..<7 {
      #expect(patience.failed("a", by: try error(500)) != .reject)
      patience.succeeded("another")
    }
    patience.succeeded("a")
    #expect(patience.failed("a", by: try error(500)) == .wait(.seconds(1), othersCome: false))
  }

  @Test("Wrong settings are refused with the key")
  func settings() throws {
    let json = """
      {"images": {"allowed": ["https://h.example/a/", "http://h.example/"], "private_hosts": ["other.example"]}}
      """
    let error = #expect(throws: SettingsError.self) {
      try SettingsSources(json: json, name: "settings", sections: nil).read { ImageSettings($0.section("images")) }
    }
    let problems = try #require(error).problems
    #expect(problems.contains { $0.contains("images.allowed") && $0.contains("http://h.example/") })
    #expect(problems.contains { $0.contains("images.private_hosts") && $0.contains("other.example") })
  }
}
