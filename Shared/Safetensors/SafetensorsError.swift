/// Why a safetensors file was refused or a tensor could not be had.
public struct SafetensorsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file's path, or the name that its bytes were given.
  public let file: String
  /// What is wrong with it.
  public let reason: String

  init(_ file: String, _ reason: String) {
    self.file = file
    self.reason = reason
  }

  /// The file and what is wrong with it.
  public var description: String { "\(file): \(reason)" }
}
