import Kafka
import Testing

private let a = TopicPartition(topic: "samples", partition: 0)
private let b = TopicPartition(topic: "samples", partition: 1)

/// SplitMix64 (Steele et al., 2014), so that a failing interleaving can be run again.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct OffsetLedgerTests {
  @Test func onlyWhatIsContiguouslyDoneMayBeCommitted() {
    var ledger = OffsetLedger()
    ledger.apply(.assigned([a], generation: 1))
    for offset: Int64 in [5, 6, 9] { #expect(ledger.begin(a, offset: offset, generation: 1) == true) }
    ledger.finish(a, offset: 6, generation: 1)
    #expect(ledger.committable().isEmpty)
    ledger.finish(a, offset: 5, generation: 1)
    #expect(ledger.committable() == [a: 7])
    ledger.finish(a, offset: 9, generation: 1)
    #expect(ledger.committable() == [a: 10])
    ledger.markCommitted([a: 10])
    #expect(ledger.committable().isEmpty)
    #expect(ledger.unfinishedCount == 0)
  }

  @Test func aRevokedPartitionIsForgottenAndItsOldGenerationIgnored() {
    var ledger = OffsetLedger()
    ledger.apply(.assigned([a, b], generation: 1))
    ledger.begin(a, offset: 0, generation: 1)
    ledger.begin(b, offset: 0, generation: 1)
    ledger.apply(.revoked([a]))
    #expect(ledger.finish(a, offset: 0, generation: 1) == false)
    #expect(ledger.finish(b, offset: 0, generation: 1) == true)
    #expect(ledger.committable() == [b: 1])
    ledger.apply(.assigned([a], generation: 2))
    #expect(ledger.begin(a, offset: 0, generation: 2) == true)
    #expect(ledger.finish(a, offset: 0, generation: 1) == false)
    #expect(ledger.committable(of: [a]).isEmpty)
    ledger.apply(.lost([b]))
    #expect(ledger.committable().isEmpty)
  }

  @Test func whatWasNotBegunOrDoesNotAscendIsRefused() {
    var ledger = OffsetLedger()
    #expect(ledger.begin(a, offset: 0, generation: 1) == false)
    ledger.apply(.assigned([a], generation: 1))
    #expect(ledger.begin(a, offset: 3, generation: 1) == true)
    #expect(ledger.begin(a, offset: 3, generation: 1) == false)
    #expect(ledger.begin(a, offset: 2, generation: 1) == false)
    #expect(ledger.finish(a, offset: 4, generation: 1) == false)
    #expect(ledger.finish(a, offset: 3, generation: 1) == true)
    #expect(ledger.finish(a, offset: 3, generation: 1) == false)
  }

  /// Random interleavings of begin, finish, commit, revoke and assign, against the definition: an offset may be
  /// committed once each one begun below it is finished.
  @Test(arguments: 0..<200) func randomInterleavingsKeepTheDefinition(seed: UInt64) {
    var random = SplitMix(state: seed)
    var ledger = OffsetLedger()
    var generation = 1
    var begun: [Int64] = []
    var finished: Set<Int64> = []
    var offset: Int64 = 0
    ledger.apply(.assigned([a], generation: generation))
    for _ in 0..<400 {
      switch Int.random(in: 0..<100, using: &random) {
      case ..<45:
        offset += Int64.random(in: 1...3, using: &random)
        #expect(ledger.begin(a, offset: offset, generation: generation) == true)
        begun.append(offset)
      case ..<90:
        guard let picked = begun.filter({ !finished.contains($0) }).randomElement(using: &random) else { continue }
        #expect(ledger.finish(a, offset: picked, generation: generation) == true)
        finished.insert(picked)
      case ..<97:
        ledger.markCommitted(ledger.committable())
        #expect(ledger.committable().isEmpty)
        continue
      default:
        ledger.apply(.revoked([a]))
        generation += 1
        ledger.apply(.assigned([a], generation: generation))
        (begun, finished, offset) = ([], [], offset - Int64.random(in: 0...min(5, offset), using: &random))
      }
      let done = begun.prefix { finished.contains($0) }
      if let next = ledger.committable()[a] { #expect(next == done.last.map { $0 + 1 }) }
      #expect(ledger.unfinishedCount == begun.count - finished.count)
    }
    for offset in begun where !finished.contains(offset) { ledger.finish(a, offset: offset, generation: generation) }
    ledger.markCommitted([:])
    #expect(ledger.unfinishedCount == 0)
    if let next = ledger.committable()[a] { #expect(next == begun.last.map { $0 + 1 }) }
  }
}
