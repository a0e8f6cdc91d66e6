import ArgumentParser
import Operations
import Settings
import Terminal

/// `shunt settings`
struct SettingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings", abstract: "Shows what is set, and from where.",
    discussion: """
      Every key that has a value, with that value, and the variable, the file or the default that it comes from; secrets
      are hidden. What each key means stands in docs/settings.md and in the workers' own --help.

        shunt settings --settings shunt.json
        shunt settings --markdown > docs/settings.md
      """)

  @OptionGroup var settings: SettingsOption

  @Flag(name: .long, help: "Prints the reference of all keys instead.")
  var markdown = false

  func run() async throws {
    if markdown { return StandardOutput.say(EverySection.page) }
    let entries = try SettingsSources(file: settings.settings).read { EverySection($0) }.entries
    var table = Table("setting", "value", "from")
    for entry in entries { table.add(entry.key, entry.value, entry.origin) }
    StandardOutput.say(table)
  }
}

/// The keys of some sections of the settings file, for a command's help.
func settingsHelp(_ sections: String...) -> String {
  """


  SETTINGS, in the settings file; the variable SHUNT_\(sections[0].uppercased())_… stands over \(sections[0]).…:
  \(EverySection.reference.help(Set(sections)))
  Those that all workers share: shunt settings, docs/settings.md.
  """
}
