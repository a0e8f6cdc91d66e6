/// Something that reads bytes which others wrote.
package struct Decoder: Sendable {
  /// In a word or two; unique.
  package let name: String
  /// What it reads; inputs are made from these.
  package let seeds: [[UInt8]]
  /// Reads bytes. What it throws is its answer to bad input; that it returns is all that is asked, and that what it
  /// accepted survives being written and read again, where it is written.
  package let read: @Sendable ([UInt8]) throws -> Void

  /// Reads what texts are made to.
  package init(_ name: String, seeds: [String], _ read: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.init(name, seeds: seeds.map { Array($0.utf8) }, read)
  }

  /// Reads what files are made to.
  package init(_ name: String, seeds: [[UInt8]], _ read: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.seeds = seeds
    self.read = read
  }
}

/// A value that was accepted, written and read again is another one.
package struct RoundTripError: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }

  /// - Throws: itself unless both are equal.
  package static func check<Value: Equatable>(_ first: Value, _ second: Value, _ what: String) throws {
    guard first != second else { return }
    throw RoundTripError(
      description: "\(what) is another one once it is written and read again: \(second), not \(first)")
  }
}
