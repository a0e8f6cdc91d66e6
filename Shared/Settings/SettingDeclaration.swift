/// One key, as whoever reads it declared it.
public struct SettingDeclaration: Sendable, Equatable {
  /// From the section down.
  public let path: [String]
  /// What it may hold.
  public let form: SettingForm
  /// What it is where nothing sets it, as settings write it; `nil`: nothing.
  public let defaultText: String?
  /// Whether it must be set.
  public let isRequired: Bool
  /// The variable that stands over the file, then one that other programs know it by.
  public let variables: [String]
  /// What it does, in sentences.
  public let help: String

  /// Section and name, `router.batch_size`.
  public var key: String { path.joined(separator: ".") }
}
