import LargeModel

extension ServerStatistics {
  mutating func count(_ failure: AttemptFailure) {
    failures += 1
    switch failure {
    case .outsideLabels, .noCaption: outsideLabels += 1
    case .refused: refusals += 1
    case .status(429, _, _, _, _): rateLimited += 1
    case .timedOut: timeouts += 1
    default: break
    }
  }
}
