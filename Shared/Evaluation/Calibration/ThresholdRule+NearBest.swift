import Cascade

extension ThresholdRule {
  /// The rule for several cascades together: where it is to be near the best, that is the best of all of them and their
  /// stages, so it is the floor at which they may save.
  /// - Parameter fits: of the cascades, each by the best accuracy.
  func nearBest(of fits: [[StageFit]]) -> ThresholdRule {
    guard case .nearBest(let margin) = self else { return self }
    let best = fits.compactMap { fits -> Float? in
      guard case .success(let point)? = fits.first?.choice else { return nil }
      return point.accuracy
    }.max()
    return best.map { .accuracyFloor(max(0, $0 - margin)) } ?? self
  }
}
