import Testing

@testable import Settings

@Suite struct SettingsReferenceTests {
  private let reference = SettingsReference { reader in
    var (size, name, url): (Int, String, String?) = (5, "", nil)
    reader.section("router").section("deep").read("size", &size, .integer(in: 1...9), help: "How | large.")
    reader.section("router").require("name", &name, .filledText, help: "Its name.")
    for (_, task) in reader.section("router").objects("tasks", named: "task") {
      task.read("url", &url, .text, variable: "URL", help: "Where it is.")
    }
    _ = reader.section("log").map("levels", help: "By name.")
  }

  @Test func thePageHasATableASectionAndPlainKeysFirst() {
    #expect(
      reference.markdown == """
        ### `router`
        | key | default | what it may be | what it does |
        | --- | --- | --- | --- |
        | `name` |  | text that is not empty | Must be set. Its name. |
        | `deep.size` | `5` | a whole number from 1 to 9 | How \\| large. |
        | `tasks.<task>.url` |  | text | Where it is. URL may hold it, too. |

        ### `log`
        | key | default | what it may be | what it does |
        | --- | --- | --- | --- |
        | `levels` |  | an object of texts, numbers and booleans | By name. |
        """)
  }

  @Test func helpIsOfTheSectionsThatAreAskedFor() {
    #expect(
      reference.help(["log"]) == "  log.levels\n      an object of texts, numbers and booleans: By name.")
    #expect(reference.help(["router"]).contains("  router.deep.size = 5\n"))
  }
}
