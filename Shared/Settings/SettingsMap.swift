import Configuration

extension SettingsReader {
  /// A map of texts whose keys are free, such as librdkafka's properties.
  ///
  /// In the file it is an object of texts, numbers and booleans. A variable sets one entry: what follows the map's
  /// own name is the entry's key, lower case, with dots for underscores, so that `SHUNT_KAFKA_PROPERTIES_SASL_PASSWORD`
  /// sets `sasl.password` of `kafka.properties`.
  /// - Parameters:
  ///   - defaultText: what it is where nothing sets it, for the reference.
  ///   - isSecret: which keys to hide wherever settings are printed.
  public func map(
    _ key: String, defaultText: String? = nil, isSecret: (String) -> Bool = SettingsReader.soundsSecret, help: String
  ) -> [String: String] {
    declare(key, .map, defaultText: defaultText, help)
    let path = path + [key]
    let variable = sources.variable(for: path)
    var map: [String: (text: String, origin: String)] = [:]
    for (name, text) in fileEntries(at: path, key) { map[name] = (text, sources.file?.name ?? "") }
    for (name, text) in sources.environment where name.hasPrefix(variable + "_") {
      let entry = name.dropFirst(variable.count + 1).lowercased().replacing("_", with: ".")
      map[entry] = (text, name)
    }
    for (name, entry) in map.sorted(by: { $0.key < $1.key }) {
      let shown = Redaction.shown(entry.text, isSecret: isSecret(name))
      ledger.entries.append(SettingsEntry(key: "\(dotted(key)).\(name)", value: shown, origin: entry.origin))
    }
    return map.mapValues(\.text)
  }

  /// An object with members of any kind, each value as JSON, such as what a server is sent beside what we know. Only a
  /// file has it.
  public func object(_ key: String, help: String) -> [String: String] {
    declare(key, .object, help)
    let path = path + [key]
    guard let node = sources.file?.node(at: path), node != .null else { return [:] }
    guard case .object(let members) = node else {
      refuse(key, because: "must be an object, not \(node.text)")
      return [:]
    }
    let texts = members.mapValues(\.json)
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      ledger.entries.append(
        SettingsEntry(key: "\(dotted(key)).\(name)", value: text, origin: sources.file?.name ?? ""))
    }
    return texts
  }

  /// Whether a key's name is one of those that can hold secrets: passwords, secrets, tokens, private keys.
  public static func soundsSecret(_ key: String) -> Bool {
    // Counts of tokens are no secrets.
    let key = key.lowercased().replacing("tokens", with: "")
    return secretWords.contains { key.contains($0) }
  }

  private static let secretWords = [
    "passw", "passphrase", "secret", "token", "credential", "jaas", "oauthbearer.config", "pem", "private", "api.key",
    "api_key", "api-key", "apikey", "authorization", "cookie",
  ]

  private func fileEntries(at path: [String], _ key: String) -> [String: String] {
    guard let node = sources.file?.node(at: path), node != .null else { return [:] }
    guard case .object(let children) = node else {
      refuse(key, because: "must be an object of texts, numbers and booleans, not \(node.kind)")
      return [:]
    }
    return children.reduce(into: [:]) { entries, child in
      switch child.value {
      case .string(let text): entries[child.key] = text
      case .number, .boolean: entries[child.key] = child.value.text
      case .null: break
      case .array, .object:
        refuse("\(key).\(child.key)", because: "must be a text, a number or a boolean, not \(child.value.kind)")
      }
    }
  }
}
