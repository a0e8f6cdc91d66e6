import Fuzzing
import Testing

@testable import Fuzz

/// A short run of what `scripts/fuzz` does at length.
@Suite struct FuzzTests {
  @Test(arguments: Decoder.all.map(\.name))
  func noInputEndsADecoder(name: String) throws {
    let decoder = try #require(Decoder.all.first { $0.name == name })
    let outcome = try FuzzRun(decoder: decoder, seed: 1).run(0..<2_000)
    #expect(outcome.accepted + outcome.refused == 2_000)
    // A fuzzer whose every input is refused at the door tests the door only.
    #expect(outcome.accepted > 0)
  }

  @Test func namesAreUnique() { #expect(Set(Decoder.all.map(\.name)).count == Decoder.all.count) }

  @Test func aNumberIsAnInput() {
    let mutator = Mutator(seeds: [Array("seed".utf8)], seed: 3)
    #expect(mutator.input(0) == Array("seed".utf8))
    #expect((1..<50).map(mutator.input) == (1..<50).map(mutator.input))
    #expect(Set((1..<50).map(mutator.input)).count > 40)
  }

  @Test func aValueThatComesBackAsAnotherIsTold() {
    let decoder = Decoder("liar", seeds: ["a"]) { _ in try RoundTripError.check(1, 2, "a number") }
    #expect(throws: RoundTripError.self) { try FuzzRun(decoder: decoder, seed: 1).run(0..<1) }
  }
}
