import Crypto
import Images

/// The features of pictures that were seen before, by their pixels. What was asked for lately stays: an entry of the older
/// half that nobody asks for goes when the newer half is full.
struct FeatureCache {
  /// A picture, by its pixels and sides.
  struct Key: Hashable {
    private let digest: SHA256Digest
    private let width: Int

    init(_ picture: Picture) {
      digest = SHA256.hash(data: picture.pixels)
      width = picture.width
    }
  }

  /// 1,280 features take 5 KB, so all take some 20 MB.
  private static let defaultLimit = 4096
  private let limit: Int
  private var newer: [Key: [Float]] = [:]
  private var older: [Key: [Float]] = [:]

  /// - Parameter limit: entries, at most.
  init(limit: Int = defaultLimit) { self.limit = limit }

  /// Entries.
  var count: Int { newer.count + older.count }

  subscript(key: Key) -> [Float]? {
    mutating get {
      if let found = newer[key] { return found }
      guard let found = older.removeValue(forKey: key) else { return nil }
      self[key] = found
      return found
    }
    set {
      if newer.count >= limit / 2 {
        older = newer
        newer.removeAll()
      }
      newer[key] = newValue
    }
  }
}
