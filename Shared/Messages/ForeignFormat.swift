import JSON

/// What a message is that is no sample in JSON, told by its first bytes or its fields, so that its producer knows what to
/// change.
struct ForeignFormat {
  /// What it is.
  let name: String
  /// What a producer changes.
  let remedy: String

  /// The reason of a rejection.
  var reason: String { "the message is \(name); \(remedy)" }

  private init(_ name: String, _ remedy: String = "send plain JSON in UTF-8, one object a message") {
    self.name = name
    self.remedy = remedy
  }
}

// Bytes that are no JSON.
extension ForeignFormat {
  /// - Returns: `nil` where the bytes tell nothing.
  init?(bytes: UnsafeRawBufferPointer) {
    let known = Self.signed(bytes) ?? Self.framed(bytes)
    // What begins as JSON is JSON that breaks somewhere, which is told better.
    let isJSON = bytes.first { !Self.isSpace($0) }.map { #"{["#.utf8.contains($0) || $0 == UInt8(ascii: "\"") } ?? false
    guard let format = known ?? (isJSON ? nil : Self.text(bytes) ?? Self.packed(bytes)) else { return nil }
    self = format
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  private static let plainSerializer =
    "send plain JSON: a string or JSON serializer without a schema registry"

  /// What serializers with a schema registry put before a value.
  private static func framed(_ bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    if bytes.count > 5, bytes[0] == 0, bytes[1] != 0 || bytes[2] != 0 || bytes[3] != 0 || bytes[4] != 0 {
      let schema = bytes[1..<5].reduce(0) { $0 << 8 | UInt32($1) }
      let isJSON = bytes[5] == UInt8(ascii: "{")
      let kind = isJSON ? "JSON Schema" : "Avro or Protobuf"
      return ForeignFormat(
        "framed for a schema registry (byte 0, schema \(schema)) and probably \(kind)", plainSerializer)
    }
    if bytes.count >= 18, bytes[0] == 3, bytes[1] == 0 || bytes[1] == 5 {
      return ForeignFormat("framed for AWS Glue's schema registry", plainSerializer)
    }
    return nil
  }

  /// Formats and the bytes that they begin with. UTF-32 comes before UTF-16, whose mark it begins with.
  private static let signatures: [(bytes: [UInt8], name: String)] = [
    ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"), ([0xFF, 0xFE], "UTF-16"), ([0xFE, 0xFF], "UTF-16"),
    ([0x7B, 0], "UTF-16"), ([0, 0x7B], "UTF-16"), (Array("Obj".utf8) + [1], "an Avro object container file"),
    ([0xC3, 1], "Avro in its single-object encoding"), ([0x1F, 0x8B], "compressed by gzip"),
    ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd"), ([0x04, 0x22, 0x4D, 0x18], "compressed by lz4"),
    ([0xFF, 0x06, 0, 0, 0x73, 0x4E], "compressed by snappy"), ([0x82, 0x53, 0x4E, 0x41], "compressed by snappy"),
    ([0x78, 0x01], "compressed by zlib"), ([0x78, 0x9C], "compressed by zlib"), ([0x78, 0xDA], "compressed by zlib"),
    (Array("BZh".utf8), "compressed by bzip2"), (Array("PK".utf8) + [3, 4], "a zip archive"),
    (Array("PAR1".utf8), "a Parquet file"), (Array("%PDF".utf8), "a PDF"), ([0xFF, 0xD8, 0xFF], "a JPEG"),
    ([0x89, 0x50, 0x4E, 0x47], "a PNG"), ([0xAC, 0xED, 0, 5], "a serialized Java object"),
    ([0xD9, 0xD9, 0xF7], "CBOR"), (Array(":)\n".utf8), "Smile"), (Array("eyJ".utf8), "JSON encoded in base64"),
  ]

  private static func signed(_ bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    guard let name = signatures.first(where: { bytes.starts(with: $0.bytes) })?.name else { return nil }
    // Kafka compresses by itself what its producers are told to.
    return name.hasPrefix("compressed")
      ? ForeignFormat(name, "send plain JSON, and let Kafka compress it (the producer's compression.type)")
      : ForeignFormat(name)
  }

  /// Text that is something else.
  private static func text(_ bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    guard let start = bytes.firstIndex(where: { !isSpace($0) }) else {
      return ForeignFormat("empty", "send a JSON object")
    }
    let beginning = bytes[start...].prefix(1_000)
    guard beginning.allSatisfy({ $0 > 0x20 || isSpace($0) }) else { return nil }
    if bytes[start] == UInt8(ascii: "<") { return ForeignFormat("XML or HTML") }
    let line = beginning.prefix { $0 != 0x0A }
    let signs = [(UInt8(ascii: ","), "commas"), (UInt8(ascii: ";"), "semicolons"), (UInt8(ascii: "\t"), "tabs")]
    for (sign, name) in signs where line.count(where: { $0 == sign }) >= 2 {
      return ForeignFormat("a line of values between \(name)", "send JSON; 'shunt produce' reads CSV files")
    }
    return nil
  }

  /// Binary objects without a signature. All of them begin with a byte that no UTF-8 begins with.
  private static func packed(_ bytes: UnsafeRawBufferPointer) -> ForeignFormat? {
    guard let first = bytes.first else { return nil }
    switch first {
    case 0x80 where bytes.count > 2 && 2...5 ~= bytes[1] && bytes.last == UInt8(ascii: "."):
      return ForeignFormat("a pickled Python object")
    case 0x80...0x8F, 0xDE, 0xDF: return ForeignFormat("probably MessagePack")
    case 0xA0...0xBF: return ForeignFormat("probably CBOR")
    default: break
    }
    let isText = bytes.prefix(1_000).allSatisfy { $0 > 0x20 || isSpace($0) }
    return isText ? nil : ForeignFormat("binary, and none of the formats that are known by their first bytes")
  }
}

// JSON that is no sample.
extension ForeignFormat {
  /// - Returns: `nil` where nothing tells what it is.
  init?(json: JSONValue) {
    if let text = json.utf8 {
      guard text.first == UInt8(ascii: "{") else { return nil }
      self.init("JSON within a JSON string, encoded twice", "send the object itself")
    } else if json["payload"] != nil, json["schema"] != nil {
      self.init(
        "in Kafka Connect's envelope (schema, payload)", "set value.converter.schemas.enable=false in its converter")
    } else if json["op"] != nil, json["after"] != nil || json["before"] != nil {
      self.init(
        "in Debezium's envelope (before, after, op)",
        "unwrap it: transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState")
    } else if json["specversion"] != nil {
      self.init("in the envelope of CloudEvents", "send what stands in its field \"data\" as the message")
    } else if let name = ["data", "value", "sample", "message", "record", "payload"].first(where: { json.isSample($0) })
    {
      self.init("in an envelope", "send what stands in its field \"\(name)\" as the message")
    } else {
      return nil
    }
  }
}

extension JSONValue {
  /// Whether the object at `name` has a sample's fields.
  fileprivate func isSample(_ name: StaticString) -> Bool {
    guard let inner = self[name] else { return false }
    return (inner["text"] ?? inner["image"]) != nil && (inner["id"] != nil || inner["task"] != nil)
  }
}
