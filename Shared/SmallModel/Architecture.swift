import Content
import Safetensors

/// A kind of network that small models may have: how its files are read.
public struct Architecture: Sendable, Equatable {
  /// As files and settings name it.
  public let name: String
  /// The kinds of input that its networks read.
  public let reads: Set<Input.Kind>
  /// A network from its file.
  let read: @Sendable (SafetensorsFile) throws -> any SmallModelNetwork

  /// All that this program knows: another one is a line here.
  public static let all: [Architecture] = [.textCNN, .encoderHead]

  /// The architecture of a name.
  /// - Throws: `SmallModelError` naming those that there are.
  public static func named(_ name: String) throws(SmallModelError) -> Architecture {
    guard let found = all.first(where: { $0.name == name }) else {
      let known = all.map(\.name).joined(separator: ", ")
      throw SmallModelError("architecture \"\(name)\" is not known; known are: \(known)")
    }
    return found
  }

  /// Each name stands for one.
  public static func == (one: Architecture, other: Architecture) -> Bool { one.name == other.name }
}
