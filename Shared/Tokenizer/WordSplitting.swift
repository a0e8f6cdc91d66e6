extension WordPieceTokenizer {
  /// Appends the ids of a text without `[CLS]` and `[SEP]`; stops at the word that passes `limit` ids in all.
  /// - Returns: the work: bytes that were read, and pieces that were looked at on the exact way.
  @discardableResult
  func appendPieces(of utf8: UnsafeRawBufferPointer, to ids: inout [Int32], limit: Int) -> Int {
    table.withView { view in
      (lowercases ? ByteClass.table : ByteClass.casedTable).withUnsafeBufferPointer { classes in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestWord) { word in
          let pass = TokenizationPass(tokenizer: self, view: view, classes: classes, word: word)
          return pass.run(over: utf8.bindMemory(to: UInt8.self), into: &ids, limit: limit)
        }
      }
    }
  }
}

/// One text's way through the tokenizer.
struct TokenizationPass {
  let tokenizer: WordPieceTokenizer
  let view: TokenTable.View
  let classes: UnsafeBufferPointer<UInt8>
  /// Scratch for a word as the vocabulary has it, `longestWord` bytes.
  let word: UnsafeMutableBufferPointer<UInt8>

  func run(over text: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], limit: Int) -> Int {
    var (position, exactSteps) = (0, 0)
    while position < text.count, ids.count <= limit {
      switch classes[Int(text[position])] {
      case ByteClass.space: position += 1
      case ByteClass.punctuation: position = appendPunctuation(text, at: position, to: &ids)
      case ByteClass.other: position = appendExactly(text, from: position, to: &ids, limit, &exactSteps)
      default: position = appendWord(text, from: position, to: &ids, limit, &exactSteps)
      }
    }
    return position + exactSteps
  }

  /// An ASCII punctuation mark is a word, except where it begins a special token.
  private func appendPunctuation(_ text: UnsafeBufferPointer<UInt8>, at position: Int, to ids: inout [Int32]) -> Int {
    if text[position] == UInt8(ascii: "[") || text[position] == UInt8(ascii: "<") {
      let rest = text[position...]
      for special in tokenizer.specials where rest.starts(with: special.bytes) {
        ids.append(special.id)
        return position + special.bytes.count
      }
    }
    let mark = UnsafeBufferPointer(rebasing: text[position..<position + 1])
    let id = view.find(TokenHash(mark), mark)
    ids.append(id < 0 ? tokenizer.unknown : id)
    return position + 1
  }

  /// The fast way: a word of ASCII letters and digits, hashed while it is brought to the vocabulary's case.
  @inline(__always)
  private func appendWord(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, to ids: inout [Int32], _ limit: Int, _ exactSteps: inout Int
  ) -> Int {
    var hash = TokenHash()
    var position = start
    var length = 0
    while position < text.count {
      let byte = classes[Int(text[position])]
      if byte < ByteClass.firstWordByte { break }
      if length < word.count {
        word[length] = byte
        hash.append(byte)
      }
      length += 1
      position += 1
    }
    if position < text.count, classes[Int(text[position])] == ByteClass.other {
      return appendExactly(text, from: start, to: &ids, limit, &exactSteps)
    }
    guard length <= word.count else {
      ids.append(tokenizer.unknown)
      return position
    }
    let whole = UnsafeBufferPointer(rebasing: word[..<length])
    let id = view.find(hash, whole)
    if id >= 0 { ids.append(id) } else { appendPieces(of: whole, to: &ids) }
    return position
  }

  /// The exact way, scalar by scalar, up to the next ASCII space or punctuation mark: nothing before these can change
  /// what comes after them. Stops at the word that passes the limit.
  private func appendExactly(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, to ids: inout [Int32], _ limit: Int, _ steps: inout Int
  ) -> Int {
    var position = start
    var word = ExactWord()
    while position < text.count, ids.count <= limit {
      let byte = classes[Int(text[position])]
      if byte == ByteClass.space || byte == ByteClass.punctuation { break }
      let (scalar, length) = Self.scalar(of: text, at: position)
      position += length
      guard let scalar else { continue }
      BertNormalization.forEachPiece(of: scalar, lowercases: tokenizer.lowercases) { piece in
        if piece.kind != .letter, piece.kind != .boundary { end(&word, to: &ids) }
        if piece.kind != .space { word.append(piece) }
        if piece.kind == .punctuation { end(&word, to: &ids) }
      }
    }
    end(&word, to: &ids)
    steps += word.steps
    return position
  }

  /// The scalar at a place, `nil` where the bytes are no UTF-8, and how many bytes it takes.
  private static func scalar(
    of text: UnsafeBufferPointer<UInt8>, at position: Int
  ) -> (scalar: Unicode.Scalar?, length: Int) {
    if text[position] < 0x80 { return (Unicode.Scalar(text[position]), 1) }
    var parser = Unicode.UTF8.ForwardParser()
    var rest = text[position...].makeIterator()
    switch parser.parseScalar(from: &rest) {
    case .valid(let encoded): return (Unicode.UTF8.decode(encoded), encoded.count)
    case .error(let length): return (nil, length)
    case .emptyInput: return (nil, 1)
    }
  }

  private func end(_ word: inout ExactWord, to ids: inout [Int32]) {
    if word.isEmpty { return }
    let isTooLong = word.isTooLong
    let bytes = word.take()
    if isTooLong { return ids.append(tokenizer.unknown) }
    bytes.withUnsafeBufferPointer { appendPieces(of: $0, to: &ids) }
  }

  /// Greedy longest match first, from the left; a word that cannot be matched to its end is one `[UNK]`.
  private func appendPieces(of word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
    let first = ids.count
    var start = 0
    while start < word.count {
      let (id, length) = longestPiece(of: UnsafeBufferPointer(rebasing: word[start...]), isContinuation: start > 0)
      guard length > 0 else {
        ids.removeLast(ids.count - first)
        ids.append(tokenizer.unknown)
        return
      }
      ids.append(id)
      start += length
    }
  }

  /// The longest token that `rest` begins with, and its bytes; 0 bytes where there is none.
  private func longestPiece(of rest: UnsafeBufferPointer<UInt8>, isContinuation: Bool) -> (id: Int32, length: Int) {
    let prefix = isContinuation ? 2 : 0
    let longest = min(rest.count, tokenizer.table.longest - prefix)
    guard longest > 0 else { return (-1, 0) }
    return withUnsafeTemporaryAllocation(of: TokenHash.self, capacity: longest) { hashes in
      var hash = isContinuation ? TokenHash.continuation : TokenHash()
      for offset in 0..<longest {
        hash.append(rest[offset])
        hashes[offset] = hash
      }
      var length = longest
      while length > 0 {
        let piece = UnsafeBufferPointer(rebasing: rest[..<length])
        let id = view.find(hashes[length - 1], piece, prefix: prefix)
        if id >= 0 { return (id, length) }
        length -= 1
      }
      return (-1, 0)
    }
  }
}
