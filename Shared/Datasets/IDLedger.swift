import Crypto

/// Which ids stood with what, so that two samples do not become one in silence. Its memory is bounded: past a number of
/// ids new ones are no longer remembered.
struct IDLedger {
  /// So many ids are remembered, in some 100 MB.
  static let capacity = 2_000_000

  /// What an id is, seen from the rows before.
  enum Verdict: Equatable {
    case new
    /// An earlier row has the same id and says the same.
    case repeated
    /// An earlier row has the same id and says something else.
    case taken(row: Int)
    /// Not known, and not remembered either: there are too many.
    case forgotten
  }

  private struct Entry {
    let content: Int
    let row: Int32
  }

  private let capacity: Int
  private var entries: [Int: Entry] = [:]

  init(capacity: Int = IDLedger.capacity) { self.capacity = capacity }

  mutating func enter(_ row: DataRow) -> Verdict {
    let (key, content) = (row.id.hashValue, row.content.hashValue)
    if let entry = entries[key] {
      return entry.content == content ? .repeated : .taken(row: Int(entry.row))
    }
    guard entries.count < capacity else { return .forgotten }
    entries[key] = Entry(content: content, row: Int32(truncatingIfNeeded: row.number))
    return .new
  }
}

extension DataRow {
  /// What the row says, without its id.
  fileprivate var content: [String?] { [text, label, category] }

  /// An id that follows from what the row says: the same in every file, and another for anything else.
  static func contentID(text: String, label: String?, category: String?) -> String {
    var hash = SHA256()
    for part in [text, label, category] {
      // Lengths keep the parts apart.
      hash.update(data: Array("\(part?.utf8.count ?? -1):".utf8))
      hash.update(data: Array((part ?? "").utf8))
    }
    let hexadecimal = hash.finalize().prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "content-" + hexadecimal.joined()
  }
}
