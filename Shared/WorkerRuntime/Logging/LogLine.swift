import Foundation
import Logging

/// What a log line says, and its two forms.
struct LogLine {
  var time: Date
  var level: Logger.Level
  var label: String
  var message: String
  var metadata: Logger.Metadata

  /// `12:00:00.000 notice  router: message key=value`, keys sorted; line breaks become `\n`, so that data cannot
  /// forge a second line.
  var text: String {
    let clock = time.formatted(Self.clock)
    let level = level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
    let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(quotedIfSpaced("\($0.value)"))" }
    return Self.oneLine("\(clock) \(level) \(label): \(message)\(pairs.joined())")
  }

  /// One JSON object with `time`, `level`, `logger`, `message`, and the metadata below `fields`.
  var json: String {
    let record = Record(
      time: time.formatted(Self.clock), level: level.rawValue, logger: label, message: message,
      fields: metadata.isEmpty ? nil : metadata.mapValues { "\($0)" })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(record), as: UTF8.self)
    } catch {
      // Texts always encode; were that to change, the line is still to be seen.
      return text
    }
  }

  private struct Record: Encodable {
    let time, level, logger, message: String
    let fields: [String: String]?
  }

  private static let clock = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  private func quotedIfSpaced(_ value: String) -> String { value.contains(" ") ? "\"\(value)\"" : value }

  private static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: breaksLines) else { return text }
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": line.append(contentsOf: "\\n".unicodeScalars)
      case "\t": line.append(contentsOf: "\\t".unicodeScalars)
      case _ where breaksLines(scalar):
        line.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      default: line.append(scalar)
      }
    }
    return String(line)
  }

  /// Control characters, a terminal's too, and the separators of lines and paragraphs.
  private static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value || 0x2028...0x2029 ~= scalar.value
  }
}
