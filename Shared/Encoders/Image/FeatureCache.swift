/// The features of inputs that were seen before. What was asked for lately stays: an entry of the older half that nobody asks
/// for goes when the newer half is full.
struct FeatureCache<Key: Hashable> {
  private let limit: Int
  private var newer: [Key: [Float]] = [:]
  private var older: [Key: [Float]] = [:]

  /// - Parameter limit: entries, at most; 4,096 of 1,280 features take some 20 MB.
  init(limit: Int = 4096) { self.limit = limit }

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

  /// The features of inputs, a row each; those that are not here are computed together, equal ones once.
  /// - Parameter compute: gives a row for each index into `keys` that it gets.
  mutating func features(
    of keys: [Key], columns: Int, compute: ([Int]) throws -> FeatureMatrix
  ) rethrows -> FeatureMatrix {
    var features = FeatureMatrix(rows: keys.count, columns: columns)
    var missing: [Key: [Int]] = [:]
    var order: [Int] = []
    for (row, key) in keys.enumerated() {
      if let known = self[key] {
        features.replace(row, with: known)
      } else {
        if missing[key] == nil { order.append(row) }
        missing[key, default: []].append(row)
      }
    }
    guard !order.isEmpty else { return features }
    let computed = try compute(order)
    for (place, first) in order.enumerated() {
      for row in missing[keys[first]] ?? [] { features.replace(row, with: computed[place]) }
      self[keys[first]] = Array(computed[place])
    }
    return features
  }
}
