/// What was declared and what was wrong, while settings are read. Lives inside one call of `read`.
final class SettingsLedger {
  /// Every key that was read.
  var declarations: [SettingDeclaration] = []
  var entries: [SettingsEntry] = []
  private(set) var problems: [String] = []
  /// Whether only the keys are asked for: free names have their placeholders.
  let isForReference: Bool
  private var keysWithProblem: Set<String> = []

  init(isForReference: Bool = false) { self.isForReference = isForReference }

  /// Notes what is wrong with `key`; a second problem of the same key only follows from the first.
  func note(_ key: String, _ problem: String) {
    if keysWithProblem.insert(key).inserted { problems.append(problem) }
  }

  var sectionsRead: Set<String> { Set(declarations.compactMap(\.path.first)) }

  /// Whether `path` is declared, or stands in a map or below an object that is.
  fileprivate func knows(_ path: [String]) -> Bool {
    declarations.contains { declared in
      switch declared.form {
      case .map: path.starts(with: declared.path) && path.count == declared.path.count + 1
      case .object: path.starts(with: declared.path)
      default: path == declared.path
      }
    }
  }
}

extension SettingsSources {
  /// Tests take these: they name a real broker or database.
  private static let testPrefix = "SHUNT_TEST_"
  /// The settings file's own name, the encoders' folders, and the image's tag in docker-compose.yml.
  private static let readElsewhere: Set = [
    "SHUNT_SETTINGS", "SHUNT_MODELS", "SHUNT_FEATURES", "SHUNT_DATA", "SHUNT_VERSION",
  ]

  /// A problem for each key that stands in a source and that nobody asks for.
  func unknownKeys(_ ledger: SettingsLedger) -> [String] {
    unknownFileKeys(ledger) + unknownVariables(ledger)
  }

  private func unknownFileKeys(_ ledger: SettingsLedger) -> [String] {
    guard let file else { return [] }
    let known = ledger.declarations.map(\.key)
    let sectionsRead = ledger.sectionsRead
    let sections = self.sections ?? sectionsRead
    let unknownSections = file.root.keys.filter { !sections.contains($0) }.sorted().map {
      "\($0) (\(file.name)) is no section; there are \(sections.sorted().joined(separator: ", "))"
        + suggestion(for: $0, among: Array(sections))
    }
    let unknownKeys = file.leaves.filter { path in
      sectionsRead.contains(path[0]) && !ledger.knows(path) && !file.isKnownAndEmpty(path, ledger)
    }
    return unknownSections
      + unknownKeys.map { path in
        let key = path.joined(separator: ".")
        let head = path.count == 1 ? "must be an object with keys" : "is not a setting"
        return "\(key) (\(file.name)) \(head)\(suggestion(for: key, among: known))"
      }
  }

  private func unknownVariables(_ ledger: SettingsLedger) -> [String] {
    let known = Set(ledger.declarations.compactMap(\.variables.first))
    let sectionsRead = ledger.sectionsRead
    let maps = ledger.declarations.filter { $0.form == .map }.compactMap(\.variables.first)
    let names = environment.keys.filter { name in
      name.hasPrefix("SHUNT_") && !Self.readElsewhere.contains(name) && !name.hasPrefix(Self.testPrefix)
        && !known.contains(name) && !maps.contains { name.hasPrefix($0 + "_") }
    }
    return names.sorted().compactMap { name -> String? in
      if let section = section(ofVariable: name), !sectionsRead.contains(section) { return nil }
      return "\(name) (environment) is not a setting" + suggestion(for: name, among: Array(known))
    }
  }

  /// The section that a variable belongs to; the longest, should one section's name begin another's.
  private func section(ofVariable name: String) -> String? {
    (sections ?? []).filter { name.hasPrefix("SHUNT_\($0.uppercased())_") }.max { $0.count < $1.count }
  }
}

extension SettingsFile {
  /// Whether an object without keys stands where keys may stand.
  fileprivate func isKnownAndEmpty(_ path: [String], _ ledger: SettingsLedger) -> Bool {
    node(at: path) == .object([:]) && ledger.declarations.contains { $0.path.starts(with: path) }
  }
}

/// `; did you mean …?` where a known key is near enough to be a typing error, or the same in another place; else nothing.
func suggestion(for key: String, among known: [String]) -> String {
  if let moved = known.first(where: { $0.hasSuffix(".\(key.split(separator: ".").last ?? "")") }) {
    return "; did you mean \(moved)?"
  }
  let nearest = known.sorted().map { ($0, editDistance(key, $0)) }.min { $0.1 < $1.1 }
  guard let nearest, nearest.1 <= max(2, key.count / 4) else { return "" }
  return "; did you mean \(nearest.0)?"
}

/// Levenshtein distance: the fewest insertions, deletions and substitutions that turn `first` into `second`.
func editDistance(_ first: String, _ second: String) -> Int {
  let second = Array(second)
  var row = Array(0...second.count)
  for (index, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for column in second.indices {
      let substitution = diagonal + (character == second[column] ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
    }
  }
  return row[second.count]
}
