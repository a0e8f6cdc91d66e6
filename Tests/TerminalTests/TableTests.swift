import Testing

@testable import Terminal

@Suite struct TableTests {
  @Test func textToTheLeftAndNumbersToTheRight() {
    var table = Table("stage", "answers", "share", "note")
    table.add("specific", "12,004", "60.0 %", "")
    table.add("large", "7", "0.1 %", "slow")
    #expect(
      table.description == """
        stage     answers   share  note
        --------  -------  ------  ----
        specific   12,004  60.0 %
        large           7   0.1 %  slow

        """)
  }

  @Test func wideCharactersTakeTwoColumns() {
    var table = Table("label", "n")
    table.add("情報", "1")
    table.add("ab", "2")
    #expect(table.description.split(separator: "\n").suffix(2) == ["情報   1", "ab     2"])
  }

  @Test func raggedRowsAndLineBreaksKeepTheForm() {
    var table = Table("a", "b")
    table.add("x")
    table.add("one\ntwo", "2", "beyond")
    #expect(table.description == "a        b\n-------  -\nx\none two  2\n")
  }

  @Test func aTableWithoutRowsIsItsHead() { #expect(Table("a").description == "a\n-\n") }
}

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func counts(value: Int, text: String) { #expect(NumberText.count(value) == text) }

  @Test(arguments: [(9.4, "9s"), (69, "1m09s"), (7500, "2h05m"), (.infinity, "?"), (-1, "?"), (1e300, "?")])
  func times(seconds: Double, text: String) { #expect(NumberText.time(seconds: seconds) == text) }

  @Test func percents() { #expect(NumberText.percent(0.7094) == "70.9 %") }
}
