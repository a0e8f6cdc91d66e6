import CLibpq

extension Session {
  /// Writes the buffer's rows into a table, all or none.
  /// - Parameters:
  ///   - table: its name, with schema where it needs one (`audit.results`); quoted here.
  ///   - columns: in the order in which each row was written.
  /// - Returns: rows written.
  @discardableResult
  public func copy(into table: String, columns: [String], from buffer: CopyBuffer) throws -> Int {
    try checkUsable()
    let names = columns.map(Self.quoted).joined(separator: ", ")
    let target = table.utf8.split(separator: UInt8(ascii: ".")).map { Self.quoted(String(Substring($0))) }
      .joined(separator: ".")
    guard PQsendQuery(handle, "COPY \(target) (\(names)) FROM STDIN (FORMAT binary)") != 0 else {
      throw connectionError()
    }
    guard let opened = try nextResult() else { throw connectionError() }
    guard opened.status == PGRES_COPY_IN else {
      while try nextResult() != nil {}
      throw opened.error(isConnectionBroken: !isUsable)
    }
    try send(buffer)
    return try lastResult().affected
  }

  private func send(_ buffer: CopyBuffer) throws {
    // libpq copies each piece into its own buffer and flushes it as the socket takes it.
    let chunk = 1 << 16
    let isSent = buffer.bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: chunk).allSatisfy { start in
        put(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + chunk, bytes.count)]))
      }
    }
    let isEnded = isSent && CopyBuffer.trailer.withUnsafeBytes { put($0) } && PQputCopyEnd(handle, nil) == 1
    guard isEnded else { throw lost() }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
    PQputCopyData(handle, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count)) == 1
  }

  /// A name as SQL writes it, whatever is in it.
  public static func quoted(_ identifier: String) -> String {
    "\"" + identifier.escaping("\"", by: "\"") + "\""
  }
}

extension String {
  /// The text with `escape` before each of the given ASCII characters. By bytes: Swift takes a quote with a combining
  /// mark behind it for one character, which is no quote.
  func escaping(_ characters: String, by escape: Unicode.Scalar) -> String {
    var bytes: [UInt8] = []
    for byte in utf8 {
      if characters.utf8.contains(byte) { bytes.append(UInt8(ascii: escape)) }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
