import Content
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
  fileprivate var content: [AnyHashable] { [input, label, captions, category] }

  /// An id that follows from what the row says: the same in every file, and another for anything else.
  static func contentID(_ input: Input, label: String?, captions: [String], category: String?) -> String {
    var hash = SHA256()
    for part in [input.text, label, category] { hash.update(part.map { Array($0.utf8) }) }
    for caption in captions { hash.update(Array(caption.utf8)) }
    // Rows of texts alone keep their ids.
    switch input.image {
    case .data(let bytes, _): hash.update(bytes)
    case .url(let url, _, _): hash.update(Array(url.utf8))
    case nil: break
    }
    let hexadecimal = hash.finalize().prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "content-" + hexadecimal.joined()
  }
}

extension SHA256 {
  /// A part, its length before it, which keeps the parts apart.
  fileprivate mutating func update(_ part: [UInt8]?) {
    update(data: Array("\(part?.count ?? -1):".utf8))
    update(data: part ?? [])
  }
}
