/// Draws a share of samples by their ids: the same sample is drawn again after a restart and by every router. The salt
/// keeps who chooses the ids from choosing what is drawn.
struct SampleLottery: Sendable {
  private let limit: UInt64
  private let salt: UInt64

  /// - Parameters:
  ///   - share: 0 to 1.
  ///   - salt: lotteries with different salts draw independently.
  init(share: Double, salt: UInt64) {
    limit = share >= 1 ? .max : UInt64(max(0, share) * 0x1p63) << 1
    self.salt = salt
  }

  /// Whether the sample with this id is drawn.
  func draws(_ id: String) -> Bool {
    guard limit > 0 else { return false }
    // FNV-1a, then a finalizer, for its low quality in the high bits (Fowler–Noll–Vo; Stafford's mix 13).
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ salt
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31) <= limit
  }
}
