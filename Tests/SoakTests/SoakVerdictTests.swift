import Foundation
import Testing
import TestSupport

@testable import Soak

/// The soak's judge: each of its faults must be able to be found.
@Suite struct SoakVerdictTests {
  private static let quote = OddMessage.all.first { $0.name == "a quote beside a combining mark" }
  private static let noText = OddMessage.all.first { $0.name == "no text" }

  private func found(_ answers: [String: String] = [:], rejected: [String: String] = [:]) -> SoakFindings {
    var found = SoakFindings()
    for (id, label) in answers { found.answers[id] = [.init(label: label, answeredBy: "specific")] }
    for (id, reason) in rejected {
      found.rejections.append(
        .init(topic: "samples", id: nil, reason: reason, head: Array(#"{"id":"\#(id)"}"#.utf8), isTombstone: false))
    }
    return found
  }

  @Test func aSampleWithItsRowIsWell() {
    let verdict = SoakVerdict(samples: 0..<2, odd: [], found: found(["good-0g": "billing", "good-1g": "billing"]))
    #expect(verdict.faults == [])
    #expect(verdict.answered == 2)
  }

  @Test func whatIsLostRejectedOrWrongIsTold() {
    let verdict = SoakVerdict(
      samples: 0..<4, odd: [], found: found(["good-1g": "returns", "good-3g": "returns"], rejected: ["good-2g": "why"]))
    #expect(
      verdict.faults.map(\.kind) == [
        "a good sample has no row", "a wrong answer by specific", "a good sample is rejected: why",
      ])
  }

  @Test func anOddMessageHasItsOutcome() throws {
    let (quote, noText) = (try #require(Self.quote), try #require(Self.noText))
    let odd = [(message: quote, number: 1), (message: noText, number: 2)]
    let well = found(["odd-1o": "billing"], rejected: ["odd-2o": "field \"text\" is missing"])
    #expect(SoakVerdict(samples: 0..<0, odd: odd, found: well).faults == [])
    #expect(SoakVerdict(samples: 0..<0, odd: odd, found: well).oddAsExpected == 2)
    let wrong = found(["odd-2o": "billing"], rejected: ["odd-1o": "why"])
    #expect(SoakVerdict(samples: 0..<0, odd: odd, found: wrong).faults.count == 2)
    let otherReason = found(["odd-1o": "billing"], rejected: ["odd-2o": "why"])
    #expect(SoakVerdict(samples: 0..<0, odd: odd, found: otherReason).faults.count == 1)
    #expect(SoakVerdict(samples: 0..<0, odd: odd, found: found()).faults.count == 2)
  }

  @Test(arguments: [OddMessage.all, OddMessage.pictures])
  func namesAreUnique(_ messages: [OddMessage]) { #expect(Set(messages.map(\.name)).count == messages.count) }

  @Test func thePlanIsTheSeeds() {
    func names(_ seed: UInt64) -> [String] {
      SoakPlan(
        seed: seed, samples: 1000, kills: 6, crashes: 1, odd: OddMessage.all, rounds: 1, workers: Worker.all,
        added: Worker.furtherRouters
      ).steps.map { "\($0)" }
    }
    #expect(names(1).map { $0.prefix(60) } == names(1).map { $0.prefix(60) })
    #expect(names(1).map { $0.prefix(60) } != names(2).map { $0.prefix(60) })
  }

  /// The practice server answers by the number in a picture, which decoding must leave as it was.
  @Test(arguments: [0, 2, 3, 65_536 + 2 * 256 + 4])
  func aPictureCarriesItsNumber(_ number: Int) async throws {
    try await withTemporaryFolder { folder in
      let image = try #require(try SoakPictures(folder: folder).makeInput(number).image)
      var file = image.fetched
      if case .url(let address, _, _) = image { file = try [UInt8](Data(contentsOf: #require(URL(string: address)))) }
      #expect(try SoakPictures.number(in: #require(file)) == number)
    }
  }

  @Test func aWorkerThatGrowsIsTold() {
    var peaks = MemoryPeaks()
    for share in [0.1, 0.4] { peaks.note(100 << 20, of: "router", at: share) }
    peaks.note(110 << 20, of: "router", at: 0.9)
    #expect(peaks.growing == [])
    peaks.note(300 << 20, of: "router", at: 0.95)
    #expect(peaks.growing == ["router"])
  }
}
