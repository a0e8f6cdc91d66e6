import Foundation

/// Softmax with temperature: p_k = exp(z_k / T) ÷ Σ exp(z_j / T) (Guo et al. 2017; the paper's (1) takes its maximum).
public enum Softmax {
  /// Turns logits into probabilities in place.
  /// - Parameters:
  ///   - logits: [classes]; any finite numbers.
  ///   - temperature: above 0; 1 leaves the network's own sureness.
  public static func apply(to logits: UnsafeMutableBufferPointer<Float>, temperature: Float) {
    var highest = Exponential.Lanes(repeating: -.infinity)
    forEachLanes(of: logits) { highest.replace(with: $0, where: $0 .> highest) }
    let largest = highest.max()
    var sums = Exponential.Lanes()
    forEachLanes(of: logits) { lanes in
      lanes = Exponential.of((lanes - largest) / temperature)
      sums += lanes
    }
    let share = 1 / sums.sum()
    forEachLanes(of: logits) { $0 *= share }
  }

  /// Changes some numbers at a time; −∞ stands beside the last ones where they leave lanes free.
  @inline(__always)
  private static func forEachLanes(
    of numbers: UnsafeMutableBufferPointer<Float>, _ change: (inout Exponential.Lanes) -> Void
  ) {
    let bytes = UnsafeMutableRawBufferPointer(numbers)
    let size = MemoryLayout<Exponential.Lanes>.size
    var offset = 0
    while offset + size <= bytes.count {
      var lanes = bytes.loadUnaligned(fromByteOffset: offset, as: Exponential.Lanes.self)
      change(&lanes)
      bytes.storeBytes(of: lanes, toByteOffset: offset, as: Exponential.Lanes.self)
      offset += size
    }
    let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
    if rest.isEmpty { return }
    var lanes = Exponential.Lanes(repeating: -.infinity)
    withUnsafeMutableBytes(of: &lanes) { $0.copyMemory(from: UnsafeRawBufferPointer(rest)) }
    change(&lanes)
    withUnsafeBytes(of: lanes) { rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<rest.count])) }
  }

  /// The probabilities of some logits.
  public static func probabilities(_ logits: [Float], temperature: Float = 1) -> [Float] {
    var result = logits
    result.withUnsafeMutableBufferPointer { apply(to: $0, temperature: temperature) }
    return result
  }
}

/// The most probable class and its probability: the confidence of the paper's (1).
public struct Confidence: Sendable, Equatable {
  /// The class's index.
  public let label: Int
  /// Its probability, 0 to 1.
  public let probability: Float

  /// A class and its probability.
  public init(label: Int, probability: Float) {
    self.label = label
    self.probability = probability
  }

  /// The most probable of some classes; the first of equals. Class 0 with 0 where there is none.
  public init(_ probabilities: some Collection<Float>) {
    var best = (label: 0, probability: Float(0))
    for (label, probability) in probabilities.enumerated() where probability > best.probability {
      best = (label, probability)
    }
    self.init(label: best.label, probability: best.probability)
  }
}

/// Entropy of a distribution.
public enum Entropy {
  /// −Σ p log₂ p, in bits: 0 where one class is certain, log₂ N for N equal ones (the bound of (20)).
  public static func bits(_ probabilities: some Sequence<Float>) -> Float {
    probabilities.reduce(0) { sum, probability in
      probability > 0 ? sum - probability * log2(probability) : sum
    }
  }
}
