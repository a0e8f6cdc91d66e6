/// A reply in pieces, as server-sent events: some gateways send one to who asked for none.
enum EventStream {
  private static let fields = ["data:", "event:", "id:", "retry:", ":"].map { Array($0.utf8) }
  private static let data = fields[0]

  /// The data of each event; `nil` for what is no such stream.
  static func events(in bytes: [UInt8]) -> [[UInt8]]? {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes[(bytes.starts(with: mark) ? mark.count : 0)...].drop { $0 <= 0x20 }
    guard fields.contains(where: text.starts(with:)) else { return nil }
    return text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      .filter { $0.starts(with: data) }
      .map { Array($0.dropFirst(data.count).drop { $0 <= 0x20 }) }
      .filter { !$0.isEmpty && !$0.starts(with: "[DONE]".utf8) }
  }
}
