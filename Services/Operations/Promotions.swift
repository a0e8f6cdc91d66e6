import ModelStore
import SmallModel

extension ModelDescription {
  /// Why no router could answer by this version; `nil` where one could. A head has no threshold.
  public var lack: String? {
    guard role != .large, thresholds[ModelCard.shuntThreshold] == nil else { return nil }
    return "\(version) has no shunt threshold, so no router can answer by it: 'shunt calibrate --task FOLDER --data"
      + " HELD-OUT' chooses one, 'shunt models import FOLDER' brings it"
  }
}

extension ModelVersion {
  /// Why a person should not put this version in force; `nil` where nothing speaks against it.
  /// - Parameter isForced: whether the person has seen why it was rejected.
  public func objection(isForced: Bool) -> String? {
    if let lack = description.lack { return lack }
    guard state == .rejected, !isForced else { return nil }
    return
      "\(description.version) was rejected: \(reasons ?? "no reason is stored"); --force puts it in force nevertheless"
  }
}
