/// Writes JSON as UTF-8 into a buffer of bytes, with no string made on the way.
///
/// The writer puts commas; the caller pairs `beginObject` with `endObject` and `beginArray` with `endArray`.
public struct JSONWriter {
  /// What has been written.
  public private(set) var bytes: [UInt8]
  private var needsComma = false

  /// A writer with room for `capacity` bytes before it grows.
  public init(capacity: Int = 1024) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Appends what `write` writes to `bytes`, with no copy of what stands there.
  public static func append(to bytes: inout [UInt8], _ write: (inout JSONWriter) -> Void) {
    var writer = JSONWriter(capacity: 0)
    swap(&writer.bytes, &bytes)
    write(&writer)
    swap(&writer.bytes, &bytes)
  }

  /// Forgets what was written and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Starts an object.
  public mutating func beginObject() { open(UInt8(ascii: "{")) }

  /// Ends the object begun last.
  public mutating func endObject() { close(UInt8(ascii: "}")) }

  /// Starts an array.
  public mutating func beginArray() { open(UInt8(ascii: "[")) }

  /// Ends the array begun last.
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// Writes a member's key, which must need no escape.
  public mutating func key(_ key: StaticString) {
    key.withUTF8Buffer { key in
      write(atMost: key.count + 3) { start in
        start.pointee = UInt8(ascii: "\"")
        (start + 1).update(from: key.baseAddress.unsafelyUnwrapped, count: key.count)
        start[key.count + 1] = UInt8(ascii: "\"")
        start[key.count + 2] = UInt8(ascii: ":")
        return key.count + 3
      }
    }
    needsComma = false
  }

  /// Writes a member's key, escaped.
  public mutating func key(_ key: String) {
    string(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a string, escaped.
  public mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string($0) }
  }

  /// Writes a string given in UTF-8, escaped.
  public mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
    let clean = JSONEscape.first(in: text)
    guard let address = text.baseAddress, clean == text.count else { return stringToEscape(text, from: clean) }
    write(atMost: text.count + 2) { start in
      start.pointee = UInt8(ascii: "\"")
      (start + 1).update(from: address, count: text.count)
      start[text.count + 1] = UInt8(ascii: "\"")
      return text.count + 2
    }
  }

  /// Writes a whole number.
  public mutating func integer(_ number: Int64) {
    write(atMost: 20) { start in
      var rest = number.magnitude
      var count = 0
      repeat {
        start[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        count += 1
      } while rest > 0
      if number < 0 {
        start[count] = UInt8(ascii: "-")
        count += 1
      }
      for place in 0..<count / 2 { swap(&start[place], &start[count - 1 - place]) }
      return count
    }
  }

  /// Writes a number so that reading it gives the same again; infinities and NaN, which JSON lacks, become null.
  public mutating func double(_ number: Double) {
    guard number.isFinite else { return null() }
    comma()
    bytes.append(contentsOf: number.description.utf8)
    needsComma = true
  }

  /// Writes a number so that reading it gives the same again; infinities and NaN become null.
  public mutating func float(_ number: Float) {
    guard number.isFinite else { return null() }
    comma()
    bytes.append(contentsOf: number.description.utf8)
    needsComma = true
  }

  /// Writes a probability (0 to 1) rounded to six decimals, with no trailing zeros; NaN becomes null.
  public mutating func probability(_ number: Float) {
    write(atMost: Millionths.longest) { Millionths.write(number, to: $0) }
  }

  /// Writes a member of a probability as `probability` does.
  /// - Parameter key: UTF-8 that needs no escape.
  public mutating func member(plain key: UnsafeBufferPointer<UInt8>, probability number: Float) {
    write(atMost: key.count + 3 + Millionths.longest) { start in
      start.pointee = UInt8(ascii: "\"")
      if let address = key.baseAddress { (start + 1).update(from: address, count: key.count) }
      start[key.count + 1] = UInt8(ascii: "\"")
      start[key.count + 2] = UInt8(ascii: ":")
      return key.count + 3 + Millionths.write(number, to: start + key.count + 3)
    }
  }

  /// Writes `true` or `false`.
  public mutating func bool(_ flag: Bool) {
    comma()
    bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    needsComma = true
  }

  /// Writes `null`.
  public mutating func null() {
    comma()
    bytes.append(contentsOf: "null".utf8)
    needsComma = true
  }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func open(_ bracket: UInt8) {
    comma()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func stringToEscape(_ text: UnsafeBufferPointer<UInt8>, from clean: Int) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: text[..<clean])
    for byte in text[clean...] {
      if JSONEscape.isNeeded(byte) { JSONEscape.append(byte, to: &bytes) } else { bytes.append(byte) }
    }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// Appends a value of up to `capacity` bytes, with a comma where one is due: `body` writes them to the address that it
  /// is given and says how many they are.
  @inline(__always)
  private mutating func write(atMost capacity: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
    let comma = needsComma ? 1 : 0
    needsComma = true
    let needed = bytes.count + capacity + 1
    if needed > bytes.capacity { bytes.reserveCapacity(max(needed, bytes.capacity * 2)) }
    bytes.append(addingCapacity: capacity + 1) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in
        let start = buffer.baseAddress.unsafelyUnwrapped + count
        start.pointee = UInt8(ascii: ",")  // Overwritten where none is due.
        count += comma + body(start + comma)
      }
    }
  }
}
