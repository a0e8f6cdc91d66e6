import Safetensors
import Settings

/// A kind of network that small models may have: how its files are read.
public struct Architecture: Sendable, Equatable {
  /// As files and settings name it.
  public let name: String
  let kind: Kind

  /// What it answers with; of each a network from its file, and how one is made and trained, from its section of a task's
  /// settings.
  enum Kind: Sendable {
    /// Labels.
    case classifier(
      read: @Sendable (SafetensorsFile) throws -> any SmallModelNetwork,
      recipe: @Sendable (SettingsReader) -> any NetworkRecipe)
    /// Captions.
    case captioner(
      read: @Sendable (SafetensorsFile) throws -> any CaptionerNetwork,
      recipe: @Sendable (SettingsReader) -> any CaptionerRecipe)
  }

  /// An architecture whose networks answer with labels.
  init(
    name: String, read: @escaping @Sendable (SafetensorsFile) throws -> any SmallModelNetwork,
    recipe: @escaping @Sendable (SettingsReader) -> any NetworkRecipe
  ) {
    (self.name, kind) = (name, .classifier(read: read, recipe: recipe))
  }

  /// An architecture whose networks answer with captions.
  init(
    captioner name: String, read: @escaping @Sendable (SafetensorsFile) throws -> any CaptionerNetwork,
    recipe: @escaping @Sendable (SettingsReader) -> any CaptionerRecipe
  ) {
    (self.name, kind) = (name, .captioner(read: read, recipe: recipe))
  }

  /// All that this program knows: another one is a line here.
  public static let all: [Architecture] = [
    .textCNN, .lstm, .bert, .encoderHead, .resnet, .captioner, .transformerCaptioner,
  ]

  /// The architecture of a name.
  /// - Throws: `SmallModelError` naming those that there are.
  public static func named(_ name: String) throws(SmallModelError) -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name).joined(separator: ", ")
      throw SmallModelError("architecture \"\(name)\" is not known; known are: \(known)")
    }
    return found
  }

  /// What a section says of the small model of a task that answers with labels; `architecture` names its kind.
  public static func recipe(_ reader: SettingsReader, default kind: Architecture) -> any NetworkRecipe {
    recipe(reader, default: kind, answeringWith: "labels") {
      if case .classifier(_, let recipe) = $0.kind { recipe } else { nil }
    }
  }

  /// What a section says of the small model of a task that answers with captions; `architecture` names its kind.
  public static func captionerRecipe(_ reader: SettingsReader, default kind: Architecture) -> any CaptionerRecipe {
    recipe(reader, default: kind, answeringWith: "captions") {
      if case .captioner(_, let recipe) = $0.kind { recipe } else { nil }
    }
  }

  private static func recipe<Recipe>(
    _ reader: SettingsReader, default kind: Architecture, answeringWith answer: String,
    _ recipe: (Architecture) -> ((SettingsReader) -> Recipe)?
  ) -> Recipe {
    var name = kind.name
    let known = all.filter { recipe($0) != nil }.map(\.name).joined(separator: " or ")
    reader.read("architecture", &name, .filledText, help: "The kind of network: \(known).")
    do throws(SmallModelError) {
      if let chosen = recipe(try named(name)) { return chosen(reader) }
      reader.refuse("architecture", because: "\"\(name)\" does not answer with \(answer); these do: \(known)")
    } catch { reader.refuse("architecture", because: error.description) }
    guard let fallback = recipe(kind) else { preconditionFailure("\(kind.name) does not answer with \(answer)") }
    return fallback(reader)
  }

  /// Each name stands for one.
  public static func == (one: Architecture, other: Architecture) -> Bool { one.name == other.name }
}
