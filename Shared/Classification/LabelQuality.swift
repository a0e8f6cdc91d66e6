/// How good a label is as a reply.
public enum LabelQuality {
  /// 1 where it is the truth, else 0; no label is as bad as a wrong one.
  /// - Parameters:
  ///   - label: a class's index.
  ///   - truth: likewise.
  public static func of(_ label: Int?, truth: Int) -> Float { label == truth ? 1 : 0 }
}
