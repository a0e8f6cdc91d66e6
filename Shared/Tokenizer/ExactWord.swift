/// One word on the exact way, which grows by a scalar at a time: its letters and the marks that stay, in canonical order.
///
/// A word of more than `WordPieceTokenizer.longestWord` characters is unknown whatever it holds, so no more than those are
/// kept, and none is moved past more than those: the work is linear in the text.
struct ExactWord {
  private var pieces: [BertNormalization.Piece] = []
  /// The place that no mark may move before.
  private var barrier = 0
  /// Pieces that were looked at, which is the work.
  private(set) var steps = 0

  var isEmpty: Bool { pieces.isEmpty }

  /// Whether it has more characters than a word may have.
  var isTooLong: Bool { pieces.count > WordPieceTokenizer.longestWord }

  /// Canonical ordering (Unicode 3.11, D109), one piece at a time.
  mutating func append(_ piece: BertNormalization.Piece) {
    steps += 1
    if isTooLong { return }
    if piece.combiningClass == 0 {
      if piece.kind != .boundary { pieces.append(piece) }
      barrier = pieces.count
      return
    }
    var place = pieces.count
    while place > barrier, pieces[place - 1].combiningClass > piece.combiningClass {
      place -= 1
      steps += 1
    }
    pieces.insert(piece, at: place)
  }

  /// Hands the word's bytes over and begins a new one.
  mutating func take() -> [UInt8] {
    defer {
      pieces.removeAll(keepingCapacity: true)
      barrier = 0
    }
    return pieces.flatMap { Array($0.scalar.utf8) }
  }
}
