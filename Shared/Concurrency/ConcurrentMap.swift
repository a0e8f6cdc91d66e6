extension Collection where Element: Sendable {
  /// What `body` makes of each element, all of them at once.
  /// - Returns: in the elements' order.
  /// - Throws: what the first of them throws that fails; the others are cancelled.
  public func concurrentMap<Value: Sendable>(
    _ body: @escaping @Sendable (Element) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
      for (index, element) in enumerated() {
        group.addTask { (index, try await body(element)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map { $0.1 }
    }
  }
}
