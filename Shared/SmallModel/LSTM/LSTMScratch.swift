import CFolded
import CLSTM

/// Memory that an LSTM's predictions write to; it grows to what the largest block needed. One caller at a time.
public final class LSTMScratch {
  /// Of a block's texts one behind the other.
  private(set) var tokens: [Int32] = []
  /// Of each text one past its last token.
  private(set) var ends: [Int64] = []
  /// [texts][labels].
  var logits: [Float] = []
  /// Where the block's rows are.
  private(set) var rows = CFoldedScratch()
  /// The kernel's.
  private(set) var memory: UnsafeMutableRawPointer?
  private var owner = AlignedMemory()
  private var sizes = Sizes()

  private struct Sizes {
    var tokens = 0
    var hidden = 0
    var rowBytes = 0
    var rowLength = 0
  }

  /// Without memory yet.
  public init() {}

  deinit { owner.free() }

  /// A block of texts begins; one without tokens is one of padding.
  func begin(_ texts: some Sequence<ArraySlice<Int32>>, padding: Int32) {
    tokens.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    for text in texts {
      tokens.append(contentsOf: text)
      if text.isEmpty { tokens.append(padding) }
      ends.append(Int64(tokens.count))
    }
  }

  /// Grows to what the block needs.
  /// - Parameter rowBytes: of a row that is composed; 0 where each token has its row.
  func prepare(hidden: Int, rowBytes: Int, rowLength: Int, labels: Int) {
    if logits.count < ends.count * labels { logits = [Float](repeating: 0, count: ends.count * labels) }
    guard
      tokens.count > sizes.tokens || hidden > sizes.hidden || rowBytes > sizes.rowBytes || rowLength > sizes.rowLength
    else { return }
    sizes = Sizes(
      tokens: max(tokens.count, sizes.tokens), hidden: max(hidden, sizes.hidden),
      rowBytes: max(rowBytes, sizes.rowBytes), rowLength: max(rowLength, sizes.rowLength))
    owner.free()
    owner = AlignedMemory()
    rows.row_pointers = owner.allocate(sizes.tokens * MemoryLayout<UnsafeRawPointer>.stride)
      .bindMemory(to: UnsafeRawPointer?.self, capacity: sizes.tokens)
    rows.row = owner.allocate(sizes.rowLength * 4).bindMemory(to: Float.self, capacity: sizes.rowLength)
    rows.composed_rows = sizes.rowBytes > 0 ? owner.allocate(sizes.tokens * sizes.rowBytes) : nil
    memory = owner.allocate(Int(clstm_scratch_bytes(Int32(sizes.hidden))))
  }
}
