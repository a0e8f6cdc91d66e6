import Configuration
import Foundation

/// Where settings come from: environment variables over a JSON file over the defaults in the code.
///
/// The file has one object a section; `SHUNT_ROUTER_BATCH_SIZE` stands over `router.batch_size`. An empty variable
/// counts as not set, so that `SHUNT_X: ${X:-}` works in a compose file.
///
///     let sources = try SettingsSources(file: path)
///     let settings = try sources.read { RouterSettings($0.section("router")) }.value
public struct SettingsSources: Sendable {
  /// The sections that there are. A file or a variable with another one is refused.
  public static let sections: Set<String> = [
    "kafka", "database", "images", "router", "large_model_worker", "recorder", "distiller", "tasks", "worker", "log",
    "http",
  ]

  /// The sections that these sources may have; `nil`: those that are read.
  let sections: Set<String>?
  let file: SettingsFile?
  let environment: [String: String]
  private let prefixed: KeyMappingProvider<EnvironmentVariablesProvider>

  /// Sources with the settings file at `file`; `SHUNT_SETTINGS` names it where `file` is `nil`, and without either
  /// there is only the environment.
  /// - Throws: ``SettingsError`` where the file cannot be read or is not a JSON object.
  public init(
    file: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let path = file ?? environment["SHUNT_SETTINGS"].flatMap { $0.isEmpty ? nil : $0 }
    self.init(contents: try path.map { try SettingsFile(path: $0) }, environment: environment)
  }

  /// Sources with a settings file's text.
  /// - Parameters:
  ///   - name: what errors call the file.
  ///   - sections: those that the file may have; `nil`: those that are read.
  /// - Throws: ``SettingsError`` where it is not a JSON object.
  public init(
    json: String, name: String = "shunt.json", sections: Set<String>? = SettingsSources.sections,
    environment: [String: String] = [:]
  ) throws {
    let file = try SettingsFile(contents: Data(json.utf8), name: name)
    self.init(contents: file, sections: sections, environment: environment)
  }

  private init(
    contents: SettingsFile?, sections: Set<String>? = SettingsSources.sections, environment: [String: String]
  ) {
    self.sections = sections
    file = contents
    self.environment = environment.filter { !$0.value.isEmpty }
    prefixed = EnvironmentVariablesProvider(environmentVariables: self.environment).prefixKeys(with: "shunt")
  }

  /// Reads settings and refuses them where any is wrong or unknown.
  /// - Parameter body: asks the reader for each setting; it sees defaults in place of what is wrong.
  /// - Throws: ``SettingsError`` with all problems together.
  public func read<Value>(_ body: (SettingsReader) -> Value) throws -> ReadSettings<Value> {
    let ledger = SettingsLedger()
    let value = body(SettingsReader(sources: self, ledger: ledger, path: []))
    let problems = ledger.problems + unknownKeys(ledger)
    guard problems.isEmpty else { throw SettingsError(problems: problems) }
    return ReadSettings(value: value, entries: ledger.entries)
  }

  /// The keys that `body` reads, in its order.
  public static func declarations(_ body: (SettingsReader) -> Void) -> [SettingDeclaration] {
    let ledger = SettingsLedger(isForReference: true)
    body(SettingsReader(sources: SettingsSources(contents: nil, environment: [:]), ledger: ledger, path: []))
    return ledger.declarations
  }

  /// The name of the variable that stands over `path`.
  func variable(for path: [String]) -> String {
    "SHUNT_" + path.joined(separator: "_").uppercased().map { $0.isLetter || $0.isNumber ? "\($0)" : "_" }.joined()
  }

  /// What the sources hold for `path`: the variable, then `alias`, then the file.
  /// - Throws: where the one that counts holds another type.
  func value(at path: [String], alias: String?, type: ConfigType) throws -> ConfigContent? {
    // Lower case, because the library would make two words of a camel-cased name.
    let key = AbsoluteConfigKey(path.map { $0.lowercased() })
    if let value = try prefixed.value(forKey: key, type: type).value { return value.content }
    if let alias, let text = environment[alias] { return .string(text) }
    return try file?.value(at: path, type: type)
  }

  /// The text that counts for `path` and where it stands; `nil` where only the default does.
  func origin(of path: [String], alias: String?) -> (text: String, origin: String)? {
    for name in [variable(for: path), alias].compactMap(\.self) {
      if let text = environment[name] { return ("\"\(text)\"", name) }
    }
    guard let file, let node = file.node(at: path), node != .null else { return nil }
    return (node.text, file.name)
  }
}

/// Settings that were read, and what each came from.
public struct ReadSettings<Value> {
  /// What `read`'s body returned.
  public let value: Value
  /// Every setting that was asked for, in that order, secrets hidden.
  public let entries: [SettingsEntry]
}

extension ReadSettings: Sendable where Value: Sendable {}

/// One setting as it took effect, fit to be printed.
public struct SettingsEntry: Sendable, Equatable {
  /// Section and name, `router.batch_size`.
  public let key: String
  /// The value; `<redacted>` for a secret.
  public let value: String
  /// The variable, the file, or `default`.
  public let origin: String
}
