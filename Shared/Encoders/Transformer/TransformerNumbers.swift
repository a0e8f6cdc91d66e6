import CTransformer

/// How numbers enter a transformer's matrix products; sums, normalisations and softmax are float32 always.
package enum TransformerNumbers: Sendable, CaseIterable {
  case float32
  /// Half the memory, and twice the products a second and more where the processor has instructions for it.
  case bfloat16

  /// What this processor multiplies fastest. `ONEDNN_MAX_CPU_ISA` in the environment bounds what oneDNN may use.
  package static let best: Self = ctransformer_best_numbers() == CTransformerBFloat16 ? .bfloat16 : .float32

  /// All that this processor computes as fast as the others or faster.
  static var available: [Self] { best == .bfloat16 ? allCases : [.float32] }

  /// Bytes a number.
  var size: Int { self == .float32 ? 4 : 2 }

  /// Writes `values` in these numbers.
  func narrow(_ values: [Float], to output: UnsafeMutableRawPointer) {
    ctransformer_narrow(values, Int64(values.count), inC, output)
  }

  var inC: CTransformerNumbers { self == .float32 ? CTransformerFloat32 : CTransformerBFloat16 }
}
