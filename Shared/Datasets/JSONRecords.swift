/// Splits JSON Lines into lines.
final class JSONLineRecords {
  private let source: ByteSource
  private var line = 1

  init(_ source: ByteSource) { self.source = source }

  /// The next line that is not blank; `nil` at the end.
  func next() throws(DatasetError) -> FileRecord? {
    while let content = try nextLine() {
      defer { line += 1 }
      switch content {
      case .json(let bytes) where !bytes.contains(where: { $0 > UInt8(ascii: " ") }): continue
      default: return FileRecord(line: line, content: content)
      }
    }
    return nil
  }

  private func nextLine() throws(DatasetError) -> FileRecord.Content? {
    var searched = 0
    while true {
      let rest = source.bytes[(source.start + searched)...]
      if let end = rest.firstIndex(of: .lineFeed) ?? (source.isAtEnd ? rest.endIndex : nil) {
        let (start, isLast) = (source.start, end == source.bytes.count)
        if isLast, start == end { return nil }
        source.advance(to: isLast ? end : end + 1)
        if end - start > FileRecord.maximumBytes { return .broken(FileRecord.tooLong) }
        let bytes = source.bytes[start..<end]
        // Files that begin with the mark may have been put one after the other.
        return .json(bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes)
      }
      searched = source.bytes.count - source.start
      if searched > FileRecord.maximumBytes {
        try source.skipLine()
        return .broken(FileRecord.tooLong)
      }
      try source.refill()
    }
  }
}

/// Splits a JSON array into its elements.
final class JSONArrayRecords {
  private let source: ByteSource
  private var line = 1
  private var isOpen = false

  init(_ source: ByteSource) { self.source = source }

  /// The next element; `nil` at the end.
  /// - Throws: `DatasetError` where the array is cut, or more stands behind it.
  func next() throws(DatasetError) -> FileRecord? {
    guard var byte = try nextByte() else {
      if isOpen { throw DatasetError("line \(line): the array never ends: the file is cut") }
      return nil
    }
    if !isOpen {
      // The reader saw that it begins with one.
      guard byte == UInt8(ascii: "[") else { throw DatasetError("line \(line): more follows after the array's end") }
      isOpen = true
      source.advance(to: source.start + 1)
      return try next()
    }
    if byte == .comma {
      source.advance(to: source.start + 1)
      guard let following = try nextByte() else { return try next() }
      byte = following
    }
    if byte == UInt8(ascii: "]") {
      source.advance(to: source.start + 1)
      isOpen = false
      guard try nextByte() == nil else { throw DatasetError("line \(line): more follows after the array's end") }
      return nil
    }
    return try element()
  }

  /// The first byte that is not white space, which is not done with; `nil` at the end.
  private func nextByte() throws(DatasetError) -> UInt8? {
    while true {
      while source.start == source.bytes.count {
        if source.isAtEnd { return nil }
        try source.refill()
      }
      let byte = source.bytes[source.start]
      if byte > UInt8(ascii: " ") { return byte }
      if byte == .lineFeed { line += 1 }
      source.advance(to: source.start + 1)
    }
  }

  /// Up to the comma or bracket behind it, those inside its own brackets and strings aside.
  private func element() throws(DatasetError) -> FileRecord {
    let first = line
    var (offset, depth, isInString, isEscaped) = (0, 0, false, false)
    while true {
      while source.start + offset == source.bytes.count {
        if source.isAtEnd {
          throw DatasetError("line \(first): an element never ends: the file is cut, or a quote open")
        }
        try source.refill()
      }
      let byte = source.bytes[source.start + offset]
      if !isInString, depth == 0, byte == .comma || byte == UInt8(ascii: "]") { break }
      if offset > FileRecord.maximumBytes { throw DatasetError("line \(first): an element \(FileRecord.tooLong)") }
      switch byte {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\") where isInString: isEscaped = true
      case .quote: isInString.toggle()
      case _ where isInString: break
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      if byte == .lineFeed { line += 1 }
      offset += 1
    }
    let bytes = source.bytes[source.start..<source.start + offset]
    source.advance(to: source.start + offset)
    return FileRecord(line: first, content: .json(bytes))
  }
}
