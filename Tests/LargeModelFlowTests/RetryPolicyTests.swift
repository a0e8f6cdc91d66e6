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
    "Retry-After as seconds or as any of HTTP's dates",
    arguments: [
      ("120", 120.0), (" 0 ", 0), ("99999999999999999999999", 86_400), ("86401", 86_400),
      ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60), ("Sun Nov  6 08:50:37 1994", 60),
      ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("Sat, 06 Nov 2094 08:00:00 GMT", 86_400),
    ])
  func parse(value: String, seconds: Double) {
    #expect(RetryAfter.parse(value, now: Self.now) == .seconds(seconds))
  }

  @Test(
    "Anything else is no Retry-After",
    arguments: ["", "-1", "1.5", "soon", "12s", "٣", "Sun, 99 Nov 1994 08:49:37 GMT", "Wed, 2\u{301}\u{302}t"])
  func refuse(value: String) { #expect(RetryAfter.parse(value, now: Self.now) == nil) }
}
