import Safetensors

/// What every small model's network has, whatever it answers with.
public protocol StoredNetwork: Sendable {
  /// What it is; the file names it.
  var architecture: Architecture { get }

  /// What its file holds beside the card.
  func contents() throws -> NetworkContents
}

/// What a network's file holds beside the card.
public struct NetworkContents: Equatable {
  /// The weights by name.
  var tensors: [String: SafetensorsTensor]
  /// What is no tensor.
  var metadata: [String: String]
}
