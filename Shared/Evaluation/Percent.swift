import Foundation

extension Double {
  /// 0.8142 → `81.4 %`
  package var percent: String { String(format: "%.1f %%", self * 100) }

  /// 0.0123 → `+1.2`
  package var points: String { String(format: "%+.1f", self * 100) }
}
