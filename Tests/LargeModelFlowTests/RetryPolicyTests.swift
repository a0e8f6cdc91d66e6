import Concurrency
import Foundation
import LargeModelFlow
import Testing

@Suite("Retry policy")
struct RetryPolicyTests {
  let policy = RetryPolicy(maximumAttempts: 5, base: .milliseconds(500), cap: .seconds(30))

  @Test(
    "The ceiling doubles up to the cap",
    arguments: [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (8, 30), (1_000_000, 30), (0, 0.5), (-3, 0.5)])
  func ceiling(attempt: Int, seconds: Double) {
    #expect(policy.ceiling(afterAttempt: attempt) == .seconds(seconds))
  }

  @Test("Full jitter fills the range from 0 to the ceiling")
  func jitter() {
    var generator = Seeded(1)
    let delays = (0..<2_000).map { _ in policy.delay(afterAttempt: 3, using: &generator).seconds }
    #expect(delays.allSatisfy { (0...2).contains($0) })
    #expect(delays.contains { $0 < 0.1 } && delays.contains { $0 > 1.9 })
    let mean = delays.reduce(0, +) / 2_000
    #expect(abs(mean - 1) < 0.05)
  }

  @Test("Retry-After is a lower bound, whatever the cap")
  func retryAfter() {
    var generator = Seeded(2)
    for _ in 0..<200 {
      let delay = policy.delay(afterAttempt: 1, retryAfter: .seconds(90), using: &generator)
      #expect((.seconds(90)...(.seconds(90.5))).contains(delay))
    }
  }

  @Test(
    "What may help to ask again",
    arguments: [
      (408, true), (409, true), (425, true), (429, true), (500, true), (502, true), (503, true), (504, true),
      (529, true), (501, false), (505, false), (400, false), (401, false), (403, false), (404, false), (413, false),
      (422, false), (301, false), (200, false), (600, false),
    ])
  func statuses(status: Int, isRetriable: Bool) {
    #expect(RetryPolicy.isRetriable(status: status) == isRetriable)
  }

  static let now = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT

  @Test(
    "A wait as seconds, as a time span, as any of HTTP's or the internet's dates, or since 1970; an hour at most",
    arguments: [
      ("120", 120.0), (" 0 ", 0), ("1.5", 1.5), (".5", 0.5), ("99999999999999999999999", 3_600), ("3601", 3_600),
      ("31536000", 3_600), ("20s", 20), ("1m30s", 90), ("6ms", 0.006), ("1h", 3_600), ("2d", 3_600), ("6m0s", 360),
      ("1.5s", 1.5), ("500us", 0.0005), ("1784111777", 3_600),
      ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60), ("Sun Nov  6 08:50:37 1994", 60),
      ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("Sat, 06 Nov 2094 08:00:00 GMT", 3_600), ("1994-11-06T08:50:37Z", 60),
      ("1994-11-06T09:50:37+01:00", 60), ("1994-11-06T08:50:37.500Z", 60.5),
    ])
  func parse(value: String, seconds: Double) {
    #expect(RetryAfter.parse(value, now: Self.now) == .seconds(seconds))
  }

  @Test(
    "Anything else is no wait",
    arguments: [
      "", "-1", "-20s", "1e3", "nan", "inf", "infinity", ".", "1.2.3", "soon", "12 parsecs", "12sx", "s", "٣",
      "Sun, 99 Nov 1994 08:49:37 GMT", "Wed, 2\u{301}\u{302}t", "2\u{301}s",
    ])
  func refuse(value: String) { #expect(RetryAfter.parse(value, now: Self.now) == nil) }

  static let replies: [(fields: [(String, String)], seconds: Double?)] = [
    ([], nil), ([("content-type", "application/json")], nil),
    ([("Retry-After", "7")], 7), ([("retry-after", "soon")], nil),
    ([("retry-after-ms", "1500"), ("retry-after", "7")], 1.5), ([("retry-after-ms", "-5"), ("retry-after", "7")], 7),
    ([("x-ratelimit-reset-requests", "20s")], 20),
    ([("X-RateLimit-Reset-Requests", "20s"), ("x-ratelimit-reset-tokens", "1m30s")], 90),
    // Only a limit of which nothing remains is waited for.
    (
      [
        ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "20s"),
        ("x-ratelimit-remaining-tokens", "900"), ("x-ratelimit-reset-tokens", "6m0s"),
      ], 20
    ),
    ([("x-ratelimit-remaining-requests", "5"), ("x-ratelimit-reset-requests", "20s")], nil),
    ([("retry-after", "3"), ("x-ratelimit-reset-requests", "20s")], 3),
    (
      [("anthropic-ratelimit-tokens-remaining", "0"), ("anthropic-ratelimit-tokens-reset", "1994-11-06T08:50:37Z")], 60
    ),
    ([("ratelimit-reset", "30")], 30), ([("x-ratelimit-reset-after", "2.5")], 2.5),
    ([("x-ratelimit-reset", "never")], nil),
  ]

  @Test("What a reply's fields ask for, the most exact one first", arguments: replies.indices)
  func asked(index: Int) {
    let (fields, seconds) = Self.replies[index]
    let asked = RetryAfter.asked(by: fields.map { (name: $0.0, value: $0.1) }, now: Self.now)
    #expect(asked == seconds.map { .seconds($0) })
  }
}
