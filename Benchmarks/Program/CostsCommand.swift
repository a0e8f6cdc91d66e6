import Cascade
import ArgumentParser
import Foundation
import SmallModel

/// `shunt-benchmark costs`
struct CostsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "costs",
    abstract: "Prints how the folded inference grows with text length and labels, and its roofline: one thread.",
    discussion: """
      Kim's shape; tokens drawn by Zipf's law, as words are. Rates are relative to the first row of their table, each
      measured next to it, the median of --pairs.
      """)

  @Option(name: .long, help: "Interleaved measurements of each row.")
  var pairs: Int = 5

  func run() throws {
    for precision in [FoldedTextCNN.Precision.float32, .float16] {
      let bytes = precision == .float32 ? 4 : 2
      print("\(precision): a token's row is \(Self.rowLength * bytes) bytes")
      try table("tokens", [64, 8, 16, 32, 128, 256]) { try Self.case(precision, length: $0, labels: 2) }
      try table("labels", [2, 16, 50, 150, 1000]) { try Self.case(precision, length: 64, labels: $0) }
      let texts = try rate(Self.case(precision, length: 64, labels: 2))
      let gathered = texts * 64 * Double(Self.rowLength * bytes)
      print("gathered: \(Self.gigabytes(gathered)); memory read in one sweep: \(Self.gigabytes(Self.sweep()))")
    }
  }

  /// Widths 3, 4, 5 × 100 filters, padded to 112, and 16 numbers of two labels' logits.
  private static let rowLength = (3 + 4 + 5) * 112 + 16

  private static func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB/s", bytes / 1e9) }

  private static func `case`(_ precision: FoldedTextCNN.Precision, length: Int, labels: Int) throws -> Case {
    let shape = try TextCNNShape(
      vocabulary: 20_000, padding: 0, dimension: 128, filters: [3, 4, 5].map { FilterBank(width: $0, count: 100) },
      labels: labels)
    let network = try TextCNN(shape: shape, embeddings: nil, seed: 1)
    var generator = SplitMix64(seed: 2)
    // Zipf's law with exponent 1: the rank below which a share u of all words lies is about n to the u.
    let texts = (0..<256 * 64 / length).map { _ in
      (0..<length).map { _ in Int32(pow(20_000, Double.random(in: 0..<1, using: &generator))) }
    }
    return Case(network: try FoldedTextCNN(network, precision: precision), texts: TokenizedTexts(texts))
  }

  private struct Case {
    let network: FoldedTextCNN
    let texts: TokenizedTexts
  }

  private func table(_ name: String, _ values: [Int], _ make: (Int) throws -> Case) throws {
    let cases = try values.map(make)
    var ratios = [[Double]](repeating: [], count: values.count)
    for _ in 0..<pairs {
      for (index, row) in cases.enumerated() { ratios[index].append(try rate(row) / rate(cases[0])) }
    }
    for (value, ratios) in zip(values, ratios.map { $0.sorted() }) {
      print(String(format: "%@ %d: %.3f (%.3f to %.3f)", name, value, ratios[pairs / 2], ratios[0], ratios[pairs - 1]))
    }
  }

  /// Texts a second.
  private func rate(_ row: Case) throws -> Double {
    var scratch = FoldedTextCNN.Scratch()
    var logits = [Float](repeating: 0, count: row.texts.count * row.network.shape.labels)
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    repeat {
      try logits.withUnsafeMutableBufferPointer { try row.network.predict(row.texts, into: $0, scratch: &scratch) }
      count += row.texts.count
    } while clock.now - start < .milliseconds(200)
    return Double(count) / ((clock.now - start) / .seconds(1))
  }

  /// Bytes a second of reading a gigabyte, which no cache holds, in order.
  private static func sweep() -> Double {
    let numbers = [UInt64](repeating: 1, count: 1 << 27)
    let clock = ContinuousClock()
    var sums = SIMD8<UInt64>.zero
    let time = clock.measure {
      numbers.withUnsafeBytes { bytes in
        for offset in stride(from: 0, to: bytes.count, by: 64) {
          sums &+= bytes.load(fromByteOffset: offset, as: SIMD8<UInt64>.self)
        }
      }
    }
    return sums.wrappedSum() == 0 ? 0 : Double(numbers.count * 8) / (time / .seconds(1))
  }
}
