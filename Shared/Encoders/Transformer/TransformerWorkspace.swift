import CTransformer

/// What one thread writes to while a batch goes through a transformer. It grows with the largest batch and stays.
///
/// `@unchecked Sendable`: used by one thread at a time.
final class TransformerWorkspace: @unchecked Sendable {
  /// Owned: freed with this object and nowhere else.
  let products: OpaquePointer
  /// Owned, too.
  private var rooms = Room.allCases.map { _ in Memory(bytes: 0) }

  private struct Memory {
    let start: UnsafeMutableRawPointer
    let bytes: Int

    init(bytes: Int) {
      self.bytes = bytes
      start = .allocate(byteCount: bytes + 64, alignment: 64)
      start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes + 64)
    }
  }

  /// What is kept.
  enum Room: Int, CaseIterable {
    /// What a layer's input is, and its output: [tokens, hidden], float32.
    case hidden
    /// The same as a product reads it.
    case narrowed
    /// Queries, keys and values: [tokens, 3 · hidden], float32.
    case projections
    /// What attention gives: [tokens, hidden].
    case context
    /// Inside the feed-forward: [tokens, inner].
    case inner
    /// What attention writes to.
    case scratch
  }

  init() throws {
    guard let products = ctransformer_workspace_make() else {
      throw EncoderError("oneDNN cannot be started: there is no memory")
    }
    self.products = products
  }

  deinit {
    for room in rooms { room.start.deallocate() }
    ctransformer_workspace_free(products)
  }

  /// Rows of products, as many as `rows` are computed for.
  static func padded(_ rows: Int) -> Int { Int(ctransformer_padded_rows(Int64(rows))) }

  /// Room for at least `bytes`, aligned, and 64 that may be read behind them. What it held is lost where it grows.
  func reserve(_ room: Room, bytes: Int) -> UnsafeMutableRawPointer {
    let memory = rooms[room.rawValue]
    if memory.bytes >= bytes { return memory.start }
    memory.start.deallocate()
    rooms[room.rawValue] = Memory(bytes: bytes)
    return rooms[room.rawValue].start
  }

  /// Room for `count` numbers of float32.
  func floats(_ room: Room, count: Int) -> UnsafeMutablePointer<Float> {
    reserve(room, bytes: count * 4).assumingMemoryBound(to: Float.self)
  }
}
