/// A vocabulary as one flat table from a token's bytes to its id: open addressing, linear probes, at most half full.
struct TokenTable: Sendable {
  struct Slot {
    /// Low half of the token's hash.
    var tag: UInt32
    /// The token's id; negative where the slot is free.
    var id: Int32
  }

  private let slots: [Slot]
  private let bytes: [UInt8]
  /// Token `id` is `bytes[starts[id]..<starts[id + 1]]`.
  private let starts: [Int32]
  /// Bytes of the longest token.
  let longest: Int

  /// Throws where a token occurs twice.
  init(_ tokens: [String]) throws {
    var size = 16
    while size < tokens.count * 2 { size *= 2 }
    var slots = [Slot](repeating: Slot(tag: 0, id: -1), count: size)
    var bytes: [UInt8] = []
    var starts: [Int32] = [0]
    var longest = 0
    for (id, token) in tokens.enumerated() {
      let hash = TokenHash(token.utf8)
      var index = hash.index(mask: size - 1)
      while slots[index].id >= 0 {
        let other = Int(slots[index].id)
        guard slots[index].tag != hash.tag || !tokens[other].utf8.elementsEqual(token.utf8) else {
          throw TokenizerError("token \(token) stands in the vocabulary twice, as \(other) and as \(id)")
        }
        index = (index + 1) & (size - 1)
      }
      slots[index] = Slot(tag: hash.tag, id: Int32(id))
      bytes.append(contentsOf: token.utf8)
      starts.append(Int32(bytes.count))
      longest = max(longest, token.utf8.count)
    }
    (self.slots, self.bytes, self.starts, self.longest) = (slots, bytes, starts, longest)
  }

  /// Lends the table without reference counts or bounds checks.
  func withView<Value>(_ body: (View) throws -> Value) rethrows -> Value {
    try slots.withUnsafeBufferPointer { slots in
      try bytes.withUnsafeBufferPointer { bytes in
        try starts.withUnsafeBufferPointer { starts in
          try body(View(slots: slots, bytes: bytes, starts: starts))
        }
      }
    }
  }

  struct View {
    let slots: UnsafeBufferPointer<Slot>
    let bytes: UnsafeBufferPointer<UInt8>
    let starts: UnsafeBufferPointer<Int32>

    /// The id of the token that is `prefix` bytes (already in `hash`, not compared) and then `word`; negative where
    /// there is none.
    @inline(__always)
    func find(_ hash: TokenHash, _ word: UnsafeBufferPointer<UInt8>, prefix: Int = 0) -> Int32 {
      var index = hash.index(mask: slots.count - 1)
      while true {
        let slot = slots[index]
        if slot.id < 0 { return -1 }
        if slot.tag == hash.tag, matches(Int(slot.id), word, prefix: prefix) { return slot.id }
        index = (index + 1) & (slots.count - 1)
      }
    }

    @inline(__always)
    private func matches(_ id: Int, _ word: UnsafeBufferPointer<UInt8>, prefix: Int) -> Bool {
      let start = Int(starts[id]) + prefix
      guard Int(starts[id + 1]) - start == word.count else { return false }
      for offset in 0..<word.count where bytes[start + offset] != word[offset] { return false }
      return true
    }
  }
}

/// A hash that grows byte by byte, so that a word's prefixes are hashed in one pass.
struct TokenHash {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  init() {}
  init(_ bytes: some Sequence<UInt8>) { for byte in bytes { append(byte) } }

  /// The hash of the two signs that begin a continuation.
  static let continuation = TokenHash("##".utf8)

  @inline(__always)
  mutating func append(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15 }

  @inline(__always)
  var tag: UInt32 { UInt32(truncatingIfNeeded: state >> 8) }
  @inline(__always)
  func index(mask: Int) -> Int { Int(truncatingIfNeeded: state >> 40) & mask }
}
