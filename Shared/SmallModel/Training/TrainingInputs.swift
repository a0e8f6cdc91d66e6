/// Inputs as a network reads them while it learns.
public protocol TrainingInputs: Sendable, Equatable {
  /// How many.
  var count: Int { get }

  /// Those at `indices`, in that order.
  func selecting(_ indices: [Int]) -> Self

  /// Indices in the order of their inputs' lengths, or as they are where all inputs are of one size.
  func sortedByLength(_ indices: ArraySlice<Int>) -> [Int]
}

extension TokenizedTexts: TrainingInputs {
  /// The shortest first.
  public func sortedByLength(_ indices: ArraySlice<Int>) -> [Int] {
    indices.sorted { (length($0), $0) < (length($1), $1) }
  }
}
