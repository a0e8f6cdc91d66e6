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
