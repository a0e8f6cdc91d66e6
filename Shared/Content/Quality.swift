/// How good a reply is against a truth, 0 to 1.
public struct Quality: Sendable, Hashable, Comparable {
  /// 0 to 1.
  public let value: Float

  /// `nil` for a number outside 0 to 1, and for none.
  public init?(_ value: Float) {
    guard 0...1 ~= value else { return nil }
    self.value = value
  }

  private init(valid value: Float) { self.value = value }

  /// A label that is the truth.
  public static let right = Quality(valid: 1)
  /// A label that is not.
  public static let wrong = Quality(valid: 0)

  /// The worse is the smaller.
  public static func < (left: Quality, right: Quality) -> Bool { left.value < right.value }
}
