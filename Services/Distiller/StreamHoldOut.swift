/// Which labelled samples of the stream are kept for the gate and never taught: a share, decided by the id and the
/// deployment's salt, so that every distiller and every round decides alike, and no producer can.
public struct StreamHoldOut: Sendable, Equatable {
  /// The share of labelled samples that is kept, 0 to 1.
  public let share: Double
  /// The deployment's own number.
  public var salt: UInt64

  /// Keeps a share of the labelled samples.
  public init(share: Double, salt: UInt64 = 0) {
    self.share = share
    self.salt = salt
  }

  /// Whether a sample is kept for the gate.
  public func contains(id: String, isLabelled: Bool) -> Bool {
    isLabelled && Double(hash(id) >> 11) < share * 0x1p53
  }

  /// FNV-1a (Fowler, Noll & Vo), and SplitMix64's last step, which carries the last bytes into the high bits.
  private func hash(_ id: String) -> UInt64 {
    var z: UInt64 = 0xCBF2_9CE4_8422_2325 ^ salt
    for byte in id.utf8 { z = (z ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
