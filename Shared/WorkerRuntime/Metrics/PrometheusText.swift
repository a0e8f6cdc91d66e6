/// The grammar of Prometheus' text exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
enum PrometheusText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// A metric name, `[a-zA-Z_:][a-zA-Z0-9_:]*`: other characters become underscores.
  static func name(_ label: String) -> String { identifier(label, allowing: ":") }

  static func sample(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)"
  }

  /// Labels in the order of their names, so that the order in the code makes no second series.
  static func labels(_ dimensions: [(String, String)]) -> String {
    dimensions.sorted { $0.0 < $1.0 }
      .map { "\(identifier($0.0, allowing: ""))=\"\(escapedLabel($0.1))\"" }.joined(separator: ",")
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  /// Backslash and line feed are escaped in help.
  static func escapedHelp(_ text: String) -> String { escaped(text, ["\\", "\n"]) }

  /// In a label's value the double quote, too.
  static func escapedLabel(_ text: String) -> String { escaped(text, ["\\", "\n", "\""]) }

  /// By scalars: beside a combining mark, or a carriage return, each of them is another character.
  private static func escaped(_ text: String, _ signs: [Unicode.Scalar]) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if signs.contains(scalar) { escaped.append("\\") }
      escaped.append(scalar == "\n" ? "n" : scalar)
    }
    return String(escaped)
  }

  private static func identifier(_ text: String, allowing extra: String) -> String {
    let name = text.map { character in
      character.isASCII && (character.isLetter || character.isNumber || extra.contains(character)) ? character : "_"
    }
    return name.first?.isNumber ?? true ? "_" + String(name) : String(name)
  }
}
