import Testing

@testable import Datasets

@Suite struct DebianSectionsTests {
  @Test func keepsLargeSectionsAndDropsRepeats() {
    func stanza(_ name: String, _ section: String, _ description: String) -> String {
      "Package: \(name)\nSection: \(section)\nDescription: \(description)\n more text\nTag: x\n\n"
    }
    let games = (0..<100).map { stanza("game\($0)", "contrib/games", "game number \($0)") }.joined()
    let dump =
      games + stanza("again", "games", "game number 1") + stanza("few", "zope", "few of these")
      + stanza("dbg", "debug", "symbols") + "Package: empty\nSection: games\n\n"
    let rows = DebianSections.rows(of: dump)
    #expect(rows.count == 100)
    #expect(rows.labels == ["games"])
    #expect(rows.first == DataRow(id: "game0", text: "game number 0", label: "games"))
  }
}

@Suite struct SplitTests {
  private let rows = (0..<30).map { DataRow(id: "\($0)", text: "t", label: "\($0 % 3)") }

  @Test func shufflesBySeed() {
    #expect(rows.shuffled(seed: 1) == rows.shuffled(seed: 1))
    #expect(rows.shuffled(seed: 1) != rows.shuffled(seed: 2))
    #expect(Set(rows.shuffled(seed: 1).map(\.id)) == Set(rows.map(\.id)))
  }

  @Test func splitsPerLabel() {
    let (taken, others) = rows.split(perLabel: 4)
    #expect(taken.count == 12 && others.count == 18)
    #expect(Dictionary(grouping: taken, by: \.label).values.allSatisfy { $0.count == 4 })
  }
}
