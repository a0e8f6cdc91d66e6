extension Duration {
  /// Whole milliseconds, rounded up, so that a wait never ends before its time.
  public var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  /// In seconds.
  public var seconds: Double { self / .seconds(1) }
}
