/// Something that reads bytes which others wrote.
struct Decoder: Sendable {
  /// In a word or two; unique.
  let name: String
  /// What it reads; inputs are made from these.
  let seeds: [[UInt8]]
  /// Reads bytes. What it throws is its answer to bad input; that it returns is all that is asked, and that what it
  /// accepted survives being written and read again, where it is written.
  let read: @Sendable ([UInt8]) throws -> Void

  init(_ name: String, seeds: [String], _ read: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.init(name, seeds: seeds.map { Array($0.utf8) }, read)
  }

  init(_ name: String, seeds: [[UInt8]], _ read: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.seeds = seeds
    self.read = read
  }
}

/// A value that was accepted, written and read again is another one.
struct RoundTripError: Error, CustomStringConvertible {
  let description: String

  /// - Throws: itself unless both are equal.
  static func check<Value: Equatable>(_ first: Value, _ second: Value, _ what: String) throws {
    guard first != second else { return }
    throw RoundTripError(
      description: "\(what) is another one once it is written and read again: \(second), not \(first)")
  }
}
