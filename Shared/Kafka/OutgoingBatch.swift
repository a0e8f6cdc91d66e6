/// Records to publish, laid end to end in one buffer. Keep one and `removeAll` between publishes: it keeps its memory.
public struct OutgoingBatch: Sendable {
  struct Record {
    var topic: Int32
    /// `anyPartition` leaves the choice to the hash of the key.
    var partition: Int32
    var hasKey: Bool
    var hasValue: Bool
    var start: Int
    var keyEnd: Int
    var end: Int
  }

  static let anyPartition: Int32 = -1

  private(set) var topics: [String] = []
  private(set) var records: [Record] = []
  private(set) var bytes: [UInt8] = []
  /// By record; most have none.
  private(set) var headers: [Int: [RecordHeader]] = [:]

  /// A batch without records, with room for some.
  public init(reservingRecords records: Int = 0, bytes: Int = 0) {
    self.records.reserveCapacity(records)
    self.bytes.reserveCapacity(bytes)
  }

  /// How many records there are.
  public var count: Int { records.count }

  /// Whether there is no record.
  public var isEmpty: Bool { records.isEmpty }

  /// The bytes of all keys and values.
  public var byteCount: Int { bytes.count }

  /// Adds a record whose value `encode` appends to the buffer it is given. `encode` must only append.
  ///
  /// If `encode` throws, no record is added.
  /// - Parameters:
  ///   - key: decides the partition (as Java's clients decide it), unless `partition` does; `nil` spreads records.
  ///   - partition: a fixed partition.
  public mutating func append<Failure: Error>(
    to topic: String, key: (some Collection<UInt8>)?, partition: Int32? = nil, headers: [RecordHeader] = [],
    encodingValue encode: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let start = bytes.count
    if let key { bytes.append(contentsOf: key) }
    let keyEnd = bytes.count
    do throws(Failure) {
      try encode(&bytes)
    } catch {
      bytes.removeSubrange(min(start, bytes.count)...)
      throw error
    }
    add(to: topic, partition, key != nil, true, start, keyEnd, headers)
  }

  /// The same for an encoder that cannot fail and a key of text, which is the quicker.
  public mutating func append(to topic: String, key: String, encodingValue encode: (inout [UInt8]) -> Void) {
    let start = bytes.count
    var key = key
    key.withUTF8 { bytes.append(contentsOf: $0) }
    let keyEnd = bytes.count
    encode(&bytes)
    add(to: topic, nil, true, true, start, keyEnd, [])
  }

  /// Adds a record with the given value; `nil` is a tombstone.
  public mutating func append(
    to topic: String, key: (some Collection<UInt8>)?, value: (some Collection<UInt8>)?, partition: Int32? = nil,
    headers: [RecordHeader] = []
  ) {
    let start = bytes.count
    if let key { bytes.append(contentsOf: key) }
    let keyEnd = bytes.count
    if let value { bytes.append(contentsOf: value) }
    add(to: topic, partition, key != nil, value != nil, start, keyEnd, headers)
  }

  /// Adds a record of text, in UTF-8.
  public mutating func append(
    to topic: String, key: String?, value: String, partition: Int32? = nil, headers: [RecordHeader] = []
  ) {
    append(to: topic, key: key?.utf8, value: Optional(value.utf8), partition: partition, headers: headers)
  }

  /// A batch of the records at `positions`, in that order.
  public func selecting(_ positions: some Sequence<Int>) -> OutgoingBatch {
    var selected = OutgoingBatch()
    for position in positions {
      let record = records[position]
      selected.append(
        to: topic(of: position), key: record.hasKey ? bytes[record.start..<record.keyEnd] : nil,
        value: record.hasValue ? bytes[record.keyEnd..<record.end] : nil,
        partition: record.partition == Self.anyPartition ? nil : record.partition, headers: headers[position] ?? [])
    }
    return selected
  }

  /// The topic that a record goes to.
  public func topic(of position: Int) -> String { topics[Int(records[position].topic)] }

  /// A record's value; empty for a tombstone.
  public func value(of position: Int) -> ArraySlice<UInt8> { bytes[records[position].keyEnd..<records[position].end] }

  /// Removes all records and keeps the memory.
  public mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    headers.removeAll(keepingCapacity: true)
  }

  private mutating func add(
    to topic: String, _ partition: Int32?, _ hasKey: Bool, _ hasValue: Bool, _ start: Int, _ keyEnd: Int,
    _ headers: [RecordHeader]
  ) {
    if !headers.isEmpty { self.headers[records.count] = headers }
    records.append(
      Record(
        topic: index(of: topic), partition: partition ?? Self.anyPartition, hasKey: hasKey, hasValue: hasValue,
        start: start, keyEnd: min(keyEnd, bytes.count), end: bytes.count))
  }

  /// A batch goes to a handful of topics: looking through them is cheaper than hashing a name per record.
  private mutating func index(of topic: String) -> Int32 {
    if let index = topics.firstIndex(of: topic) { return Int32(index) }
    topics.append(topic)
    return Int32(topics.count - 1)
  }
}
