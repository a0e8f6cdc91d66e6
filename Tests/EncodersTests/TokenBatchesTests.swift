import Testing

@testable import Encoders

@Suite struct TokenBatchesTests {
  @Test func everyTextIsInOneBatchAndBatchesKeepTheBudget() {
    let lengths = (0..<500).map { 3 + ($0 * 7919) % 254 }
    let batches = TokenBatches.plan(lengths: lengths, budget: 1000)
    #expect(batches.flatMap { $0 }.sorted() == Array(lengths.indices))
    for batch in batches {
      #expect((1...1000).contains(batch.reduce(0) { $0 + lengths[$1] }))
    }
    let ordered = batches.flatMap { $0 }.map { lengths[$0] }
    #expect(ordered == ordered.sorted(by: >))
  }

  @Test func aTextBeyondTheBudgetGoesAlone() {
    #expect(TokenBatches.plan(lengths: [2, 50, 3], budget: 10) == [[1], [2, 0]])
    #expect(TokenBatches.plan(lengths: [], budget: 10) == [])
  }
}
