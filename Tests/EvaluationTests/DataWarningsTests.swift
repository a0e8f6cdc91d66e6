import Datasets
import Testing

@testable import Evaluation

@Suite struct DataWarningsTests {
  private static let good = (0..<200).map { DataRow(id: "\($0)", text: "text \($0)", label: $0 % 2 == 0 ? "a" : "b") }
  private static let held = (0..<100).map { DataRow(id: "\($0)", text: "held \($0)", label: $0 % 2 == 0 ? "a" : "b") }

  private func training(_ rows: [DataRow], heldOut: [DataRow] = held) -> [String] {
    DataWarnings.training(rows, heldOut: heldOut, maximumTokens: 10)
  }

  @Test func goodDataIsNotWarnedOf() {
    #expect(training(Self.good) == [])
    #expect(DataWarnings.heldOut(Self.held) == [])
  }

  /// Each fault among good rows: one warning, with its count.
  @Test(arguments: [
    ([DataRow(id: "x", text: "rare", label: "c")], "1 of 3 labels have fewer than 5 texts (\"c\")"),
    (
      [DataRow(id: "x", text: "text 1", label: "a")],
      "1 texts stand in the training data with several labels (\"text 1\")"
    ),
    (
      [DataRow(id: "x", text: "held 1", label: "b")],
      "1 of 100 held-out rows stand in the training data, too (\"held 1\")"
    ),
    (
      [DataRow(id: "x", text: String(repeating: "long ", count: 30), label: "a")],
      "1 texts are far longer than the 10 tokens"
    ),
  ])
  func oneFaultIsToldOnce(rows: [DataRow], warning: String) {
    let warnings = training(Self.good + rows)
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix(warning) == true, "\(warnings)")
  }

  @Test func fewTexts() {
    #expect(training(Array(Self.good.prefix(40))).first?.hasPrefix("40 texts are few to train on") == true)
  }

  @Test func oneLabel() {
    let rows = (0..<200).map { DataRow(id: "\($0)", text: "text \($0)", label: "a") }
    let warnings = training(rows, heldOut: [])
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("all rows have one label, \"a\"") == true)
  }

  @Test func aHeldOutLabelThatIsNeverTrained() {
    let warnings = training(Self.good, heldOut: Self.held + [DataRow(id: "x", text: "y", label: "billng")])
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("1 held-out rows have a label that is never trained (\"billng\")") == true)
  }

  @Test func fewHeldOutRows() {
    #expect(
      DataWarnings.heldOut(Array(Self.held.prefix(30))).first?.hasPrefix("30 held-out rows measure little") == true)
  }
}
