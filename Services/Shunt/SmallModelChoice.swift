import ArgumentParser
import Foundation
import SmallModel
import Tasks

/// Which small model an experiment takes.
enum SmallModelChoice: ExpressibleByArgument, Equatable {
  /// One that is trained already, in a file.
  case file(String)
  /// One to be trained, of an architecture.
  case architecture(Architecture)
  /// One of each architecture that the task's folder has settings for.
  case all

  init?(argument: String) {
    let plain = Self.plain(argument)
    if plain == "all" {
      self = .all
    } else if let known = Architecture.all.first(where: { Self.plain($0.name) == plain }) {
      self = .architecture(known)
    } else {
      self = .file(argument)
    }
  }

  /// `textcnn` for `text-cnn`.
  private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "-" && $0 != "_" } }
}

/// A task with one small model.
struct ChosenSmallModel {
  /// The task's settings.
  let document: TaskDocument
  /// The small model, where it is trained already.
  var trained: SmallModelArtifact?

  /// What a command's options name; none: what the task's own settings say.
  /// - Parameter folder: the task's.
  static func all(_ choices: [SmallModelChoice], of task: TaskDocument, in folder: URL) throws -> [ChosenSmallModel] {
    guard !choices.isEmpty else { return [ChosenSmallModel(document: task)] }
    return try choices.flatMap { choice in
      switch choice {
      case .file(let path):
        [
          ChosenSmallModel(
            document: task, trained: try SmallModelArtifact(contentsOf: URL(fileURLWithPath: path)))
        ]
      case .architecture(let architecture):
        [ChosenSmallModel(document: try task.with(architecture, from: folder))]
      case .all:
        try task.architectures(in: folder).map { ChosenSmallModel(document: try task.with($0, from: folder)) }
      }
    }
  }
}
