import Cascade

/// Something about the stream is no longer as it was when the cascade was calibrated.
public struct DriftFinding: Sendable, Equatable, Codable {
  /// What is watched.
  public enum Signal: String, Sendable, Codable, CaseIterable {
    /// The mix of answered labels, by the population stability index.
    case labelMix = "label_mix"
    /// S1's confidences, by the Kolmogorov–Smirnov distance.
    case confidence
    /// The share of audited samples on which the large model agrees with S1.
    case agreement
  }

  /// What drifted.
  public let signal: Signal
  /// The figure.
  public let value: Double
  /// The limit that it passed.
  public let limit: Double
  /// How many samples of the window it was measured on.
  public let samples: Int

  /// The finding in words.
  public var text: String {
    let name = signal.rawValue.split(separator: "_").joined(separator: " ")
    return
      "\(name) \(value.rounded3) \(signal == .agreement ? "below" : "above") \(limit.rounded3) over \(samples) samples"
  }
}

/// Compares a window of the stream with the calibration data. Each limit must be passed by more than chance explains, at
/// one in a thousand, so that a small window raises no alarm by itself.
public struct DriftWatch: Sendable, Equatable {
  /// From what on a shift is worth an alarm.
  public struct Rule: Sendable, Equatable {
    /// Fewer samples than this in a window are too few; from 1.
    public var leastSamples = 500
    /// Fewer audited samples than this are too few; from 1.
    public var leastAudited = 30
    /// The population stability index of the label mix.
    public var labelMix = 0.25
    /// The Kolmogorov–Smirnov distance of the confidences, 0 to 1.
    public var confidence = 0.15
    /// How far the agreement may fall below that on the calibration data, 0 to 1.
    public var agreement = 0.1

    /// The limits above.
    public init() {}
  }

  private static let chance = 0.001
  private let reference: DriftFigures
  private let rule: Rule

  /// Watches against what was seen over the calibration data.
  public init(reference: DriftFigures, rule: Rule = Rule()) {
    self.reference = reference
    self.rule = rule
  }

  /// What has drifted in a window.
  public func findings(_ window: DriftFigures) -> [DriftFinding] {
    [labelMix(window), confidence(window), agreement(window)].compactMap { $0 }
  }

  private func labelMix(_ window: DriftFigures) -> DriftFinding? {
    let samples = window.labelCounts.reduce(0, +)
    let shift = PopulationStability(reference: reference.labelCounts, window: window.labelCounts)
    guard samples >= rule.leastSamples, shift.isShift(limit: rule.labelMix) else { return nil }
    return DriftFinding(signal: .labelMix, value: shift.index, limit: max(rule.labelMix, shift.noise), samples: samples)
  }

  private func confidence(_ window: DriftFigures) -> DriftFinding? {
    let samples = window.confidences.count
    let test = KolmogorovSmirnov(reference.confidences, window.confidences)
    guard samples >= rule.leastSamples, test.distance > rule.confidence, test.probability < Self.chance else {
      return nil
    }
    return DriftFinding(signal: .confidence, value: test.distance, limit: rule.confidence, samples: samples)
  }

  private func agreement(_ window: DriftFigures) -> DriftFinding? {
    guard window.audited >= rule.leastAudited, reference.audited > 0 else { return nil }
    let limit = Double(reference.agreed) / Double(reference.audited) - rule.agreement
    let highest = BinomialBound.upper(successes: window.agreed, trials: window.audited, alpha: Self.chance)
    guard highest < limit else { return nil }
    return DriftFinding(
      signal: .agreement, value: Double(window.agreed) / Double(window.audited), limit: limit, samples: window.audited)
  }
}

extension Double {
  fileprivate var rounded3: Double { (self * 1000).rounded() / 1000 }
}
