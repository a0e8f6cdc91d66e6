import Cascade

/// Whose model a version is, as tables, files and commands name it: of the large model the store keeps the head.
extension AnsweredBy {
  /// `specific`, `learnable`, `intermediate` or `head`.
  public var roleName: String { self == .large ? "head" : rawValue }

  /// The one whose `roleName` this is.
  public init?(roleName: String) {
    guard let role = AnsweredBy.allCases.first(where: { $0.roleName == roleName }) else { return nil }
    self = role
  }

  /// Whether a task does without it.
  public var mayBeMissing: Bool { self == .learnable || self == .intermediate }
}

extension ModelDescription: Codable {
  private enum Key: String, CodingKey { case task, role, version, parent, dataCounts, seed, metrics, thresholds }

  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decode(String.self, forKey: .role)
    guard let role = AnsweredBy(roleName: name) else {
      throw DecodingError.dataCorruptedError(forKey: .role, in: values, debugDescription: "\(name) is no role")
    }
    self.init(
      task: try values.decode(String.self, forKey: .task), role: role,
      version: try values.decode(String.self, forKey: .version),
      parent: try values.decodeIfPresent(String.self, forKey: .parent),
      dataCounts: try values.decode([String: Int].self, forKey: .dataCounts),
      seed: try values.decodeIfPresent(Int.self, forKey: .seed),
      metrics: try values.decode([String: Double].self, forKey: .metrics),
      thresholds: try values.decode([String: Double].self, forKey: .thresholds))
  }

  /// Writes the fields by their names.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(task, forKey: .task)
    try values.encode(role.roleName, forKey: .role)
    try values.encode(version, forKey: .version)
    try values.encodeIfPresent(parent, forKey: .parent)
    try values.encode(dataCounts, forKey: .dataCounts)
    try values.encodeIfPresent(seed, forKey: .seed)
    try values.encode(metrics, forKey: .metrics)
    try values.encode(thresholds, forKey: .thresholds)
  }
}
