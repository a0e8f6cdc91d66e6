import Safetensors
import Settings

/// A kind of network that small models may have: how its files are read.
public struct Architecture: Sendable, Equatable {
  /// As files and settings name it.
  public let name: String
  /// A network from its file.
  let read: @Sendable (SafetensorsFile) throws -> any SmallModelNetwork
  /// How a network is made and trained, from its section of a task's settings.
  let recipe: @Sendable (SettingsReader) -> any NetworkRecipe

  /// All that this program knows: another one is a line here.
  public static let all: [Architecture] = [.textCNN, .lstm, .bert, .encoderHead, .resnet]

  /// The architecture of a name.
  /// - Throws: `SmallModelError` naming those that there are.
  public static func named(_ name: String) throws(SmallModelError) -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name).joined(separator: ", ")
      throw SmallModelError("architecture \"\(name)\" is not known; known are: \(known)")
    }
    return found
  }

  /// What a task's section says of a small model; `architecture` names its kind.
  public static func recipe(_ reader: SettingsReader, default kind: Architecture) -> any NetworkRecipe {
    var name = kind.name
    let known = all.map(\.name).joined(separator: " or ")
    reader.read("architecture", &name, .filledText, help: "The kind of network: \(known).")
    do throws(SmallModelError) { return try named(name).recipe(reader) } catch {
      reader.refuse("architecture", because: error.description)
      return kind.recipe(reader)
    }
  }

  /// Each name stands for one.
  public static func == (one: Architecture, other: Architecture) -> Bool { one.name == other.name }
}
