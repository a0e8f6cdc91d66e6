/// Makes JSON that simdjson takes of a text that it refuses, where the meaning is plain. One pass, linear in the text.
///
/// - A byte order mark before it and zeros behind it go.
/// - A number that fits neither 64 bits nor a float64 becomes the nearest float64; NaN and infinities, which many writers
///   put though JSON lacks them, become the largest one: a number that no field takes for a value of its own.
/// - Control characters within strings are escaped.
/// - A lone surrogate, an escape that JSON lacks, and bytes that are no UTF-8 become U+FFFD; `replaced` tells where.
/// - What nests deeper than `maximumDepth` becomes null.
struct JSONMending {
  /// What has been made so far.
  private(set) var bytes: [UInt8] = []
  /// The root's members in whose values characters were replaced.
  private(set) var replaced: [String] = []

  private let text: UnsafeRawBufferPointer
  /// Bytes of a byte order mark.
  private let markLength: Int
  private var position = 0
  private var expected = Expected.value
  /// For each collection that is open, the outermost first, whether it is an object.
  private var isObject: [Bool] = []
  /// Where the name of the root's member at hand stands in `bytes`.
  private var member = 0..<0
  /// Where in `bytes` a value begins that nests too deep.
  private var tooDeep: Int?
  /// So much of `bytes` is whole values, within so many open collections.
  private var whole = (count: 0, depth: 0)

  /// simdjson reads 1,024.
  static let maximumDepth = 500

  /// A text that stays where it is as long as this lives.
  init(_ text: UnsafeRawBufferPointer) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    markLength = text.starts(with: mark) ? mark.count : 0
    let end = text.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    self.text = UnsafeRawBufferPointer(rebasing: text[markLength..<max(end, markLength)])
    bytes.reserveCapacity(self.text.count)
  }

  /// Mends the whole text.
  /// - Throws: `JSONError` that says where it is no JSON, and what stands there.
  mutating func run() throws(JSONError) {
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "\""): try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["): try open()
      case UInt8(ascii: "}"), UInt8(ascii: "]"): try close()
      case UInt8(ascii: ":"): try sign(.colon, then: .value)
      case UInt8(ascii: ","): try sign(.commaOrEnd, then: isObject.last == true ? .key : .value)
      default: try word()
      }
    }
    guard expected == .nothing else {
      if text.isEmpty { throw JSONError("not JSON: there is nothing in it") }
      throw JSONError(
        "not JSON: it ends at byte \(markLength + position), where \(expected.rawValue) should stand", kind: "not JSON")
    }
  }

  /// After `run` threw: leaves what was whole before, with an end for each collection that was open then.
  mutating func closeWhatIsWhole() {
    bytes.removeSubrange(whole.count...)
    for isObject in isObject.prefix(whole.depth).reversed() { bytes.append(UInt8(ascii: isObject ? "}" : "]")) }
  }

  /// What may come next, in words.
  private enum Expected: String {
    case value = "a value"
    case valueOrEnd = "a value or ']'"
    case key = "a field's name in double quotes"
    case keyOrEnd = "a field's name in double quotes, or '}'"
    case colon = "':'"
    case commaOrEnd = "',' or the end of the object or array"
    case nothing = "nothing more"
  }

  private var wrong: JSONError {
    let shown = String(decoding: text[position...].prefix(20), as: UTF8.self)
    return JSONError(
      "not JSON: at byte \(markLength + position) stands \(shown.debugDescription), where \(expected.rawValue) should",
      kind: "not JSON")
  }
}

// Structure.
extension JSONMending {
  private func beginValue() throws(JSONError) {
    guard expected == .value || expected == .valueOrEnd else { throw wrong }
  }

  private mutating func endValue() {
    expected = isObject.isEmpty ? .nothing : .commaOrEnd
    noteWhole()
  }

  private mutating func noteWhole() {
    if tooDeep == nil { whole = (bytes.count, isObject.count) }
  }

  private mutating func open() throws(JSONError) {
    try beginValue()
    if isObject.count == Self.maximumDepth { tooDeep = bytes.count }
    let isObject = text[position] == UInt8(ascii: "{")
    copy(1)
    self.isObject.append(isObject)
    expected = isObject ? .keyOrEnd : .valueOrEnd
    noteWhole()
  }

  private mutating func close() throws(JSONError) {
    let closesObject = text[position] == UInt8(ascii: "}")
    let isEmpty = expected == (closesObject ? .keyOrEnd : .valueOrEnd)
    guard isObject.last == closesObject, isEmpty || expected == .commaOrEnd else { throw wrong }
    copy(1)
    isObject.removeLast()
    if let start = tooDeep, isObject.count == Self.maximumDepth {
      bytes.removeSubrange(start...)
      bytes.append(contentsOf: "null".utf8)
      tooDeep = nil
    }
    endValue()
  }

  private mutating func sign(_ sign: Expected, then next: Expected) throws(JSONError) {
    guard expected == sign else { throw wrong }
    copy(1)
    expected = next
  }

  private mutating func copy(_ count: Int) {
    bytes.append(contentsOf: text[position..<position + count])
    position += count
  }
}

// Strings.
extension JSONMending {
  private mutating func string() throws(JSONError) {
    guard expected == .key || expected == .keyOrEnd else {
      try beginValue()
      try copyString()
      return endValue()
    }
    let start = bytes.count
    if isObject.count == 1 { member = 0..<0 }
    try copyString()
    if isObject.count == 1 { member = start + 1..<bytes.count - 1 }
    expected = .colon
  }

  private mutating func copyString() throws(JSONError) {
    let start = position
    copy(1)
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "\""): return copy(1)
      case UInt8(ascii: "\\"): copyEscape()
      case ..<0x20:
        JSONEscape.append(text[position], to: &bytes)
        position += 1
      case 0x80...: copyScalar()
      default: copy(1)
      }
    }
    throw JSONError("not JSON: it ends within a string that begins at byte \(markLength + start)", kind: "not JSON")
  }

  private mutating func copyEscape() {
    if let unit = codeUnit(at: position) {
      guard UTF16.isSurrogate(unit) else { return copy(6) }
      let isPair = UTF16.isLeadSurrogate(unit) && codeUnit(at: position + 6).map(UTF16.isTrailSurrogate) == true
      return isPair ? copy(12) : replace(6)
    }
    let isKnown = position + 1 < text.count && #""\/bfnrt"#.utf8.contains(text[position + 1])
    if isKnown { copy(2) } else { replace(1) }
  }

  /// The code unit of an escape such as `\u00e9`; `nil` where none stands there.
  private func codeUnit(at position: Int) -> UInt16? {
    guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u")
    else { return nil }
    var unit: UInt16 = 0
    for byte in text[position + 2..<position + 6] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  private mutating func copyScalar() {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = text[position...].makeIterator()
    switch parser.parseScalar(from: &rest) {
    case .valid(let scalar): copy(scalar.count)
    case .error(let length): replace(length)
    case .emptyInput: break
    }
  }

  private mutating func replace(_ count: Int) {
    bytes.append(contentsOf: "\u{FFFD}".utf8)
    position += count
    let name = String(decoding: bytes[member], as: UTF8.self)
    if replaced.last != name { replaced.append(name) }
  }
}

// Numbers and words.
extension JSONMending {
  private mutating func word() throws(JSONError) {
    let end = text[position...].firstIndex { !Self.isOfWord($0) } ?? text.count
    guard let mended = Self.mended(text[position..<end]) else { throw wrong }
    try beginValue()
    bytes.append(contentsOf: mended.utf8)
    position = end
    endValue()
  }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func mended(_ word: Slice<UnsafeRawBufferPointer>) -> String? {
    let text = String(decoding: word, as: UTF8.self)
    switch text {
    case "true", "false", "null": return text
    case "NaN", "nan", "Infinity", "inf", "Inf", "+Inf": return Double.greatestFiniteMagnitude.description
    case "-NaN", "-nan", "-Infinity", "-inf", "-Inf": return (-Double.greatestFiniteMagnitude).description
    default: break
    }
    guard isNumber(word) else { return nil }
    if Int64(text) != nil || UInt64(text) != nil { return text }
    let largest = Double.greatestFiniteMagnitude
    // No writer of a float64 puts so many digits.
    guard word.count <= 1_000, let number = Double(text) else {
      return (text.hasPrefix("-") ? -largest : largest).description
    }
    return min(max(number, -largest), largest).description
  }

  /// As JSON has them: `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
  private static func isNumber(_ word: Slice<UnsafeRawBufferPointer>) -> Bool {
    var rest = word
    func skip(_ signs: String) -> Bool {
      guard let first = rest.first, signs.utf8.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    func skipDigits() -> Int {
      let count = rest.prefix { 0x30...0x39 ~= $0 }.count
      rest.removeFirst(count)
      return count
    }
    _ = skip("-")
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let count = skipDigits()
    guard count == 1 || (count > 1 && !startsWithZero) else { return false }
    if skip("."), skipDigits() == 0 { return false }
    if skip("eE") {
      _ = skip("+-")
      if skipDigits() == 0 { return false }
    }
    return rest.isEmpty
  }
}
