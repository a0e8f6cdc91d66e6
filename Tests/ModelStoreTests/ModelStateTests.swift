import ModelStore
import Testing

@Suite struct ModelStateTests {
  private static let allowed: [ModelState: Set<ModelState>] = [
    .candidate: [.shadow, .active, .rejected], .shadow: [.candidate, .active, .rejected], .active: [.retired],
    .retired: [.active, .shadow], .rejected: [.active, .shadow],
  ]

  @Test(arguments: ModelState.allCases, ModelState.allCases)
  func onlyTheDrawnStepsAreAllowed(from: ModelState, to: ModelState) {
    #expect(from.allows(to) == (Self.allowed[from]?.contains(to) == true))
  }
}
