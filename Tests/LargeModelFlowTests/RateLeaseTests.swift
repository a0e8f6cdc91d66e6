import Foundation
import LargeModelFlow
import Testing

@Suite("Rate lease")
struct RateLeaseTests {
  private let length = Duration.seconds(30)

  private func renew(_ worker: String, _ table: inout [RateLease], at seconds: Double) -> RateLease {
    let now = Date(timeIntervalSince1970: seconds)
    let lease = RateLease.renewed(by: worker, among: table, at: now, length: length)
    table = table.filter { $0.worker != worker && $0.expiresAt > now } + [lease]
    return lease
  }

  @Test("One worker has all; a second one gets its half once the first has given way")
  func two() {
    var table: [RateLease] = []
    #expect(renew("a", &table, at: 0).share == 1)
    #expect(renew("b", &table, at: 5).share == 0)
    #expect(renew("a", &table, at: 10).share == 0.5)
    #expect(renew("b", &table, at: 15).share == 0.5)
  }

  @Test("A dead worker's share goes to the others when its lease is over")
  func dead() {
    var table: [RateLease] = []
    _ = (renew("a", &table, at: 0), renew("b", &table, at: 1), renew("a", &table, at: 2), renew("b", &table, at: 3))
    #expect(renew("a", &table, at: 32.5).share == 0.5)
    #expect(renew("a", &table, at: 33.5).share == 1)
  }

  @Test("Claimed shares never sum to more than 1, whoever comes, dies and renews when", arguments: 1...50)
  func invariant(seed: UInt64) {
    var generator = Seeded(seed)
    var table: [RateLease] = []
    var now = 0.0
    for _ in 0..<300 {
      now += Double.random(in: 0...8, using: &generator)
      _ = renew("worker-\(Int.random(in: 0..<6, using: &generator))", &table, at: now)
      let living = table.filter { $0.expiresAt > Date(timeIntervalSince1970: now) }
      #expect(living.reduce(0) { $0 + $1.share } <= 1 + 1e-9)
    }
    // One round in which all come, one in which all give way, one in which all take: everybody has the same.
    for round in 0..<3 {
      for worker in 0..<6 { _ = renew("worker-\(worker)", &table, at: now + Double(round * 6 + worker) * 0.1) }
    }
    #expect(table.allSatisfy { abs($0.share - 1 / 6) < 1e-9 })
  }

  @Test("A worker stops before its lease is over for the others")
  func lastUse() {
    #expect(RateLease.lastUse(renewalBegan: .seconds(100), length: length) == .seconds(127))
  }
}
