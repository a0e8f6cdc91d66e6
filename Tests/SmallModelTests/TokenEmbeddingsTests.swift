import Testing

@testable import SmallModel

@Suite struct TokenEmbeddingsTests {
  /// Rows in a plane of three dimensions: two are enough to keep all lengths and angles.
  @Test func reductionKeepsWhatMatters() throws {
    let plane: [[Float]] = [[3, 0, 3], [0, 2, 0], [1, -1, 1], [0, 0, 0]]
    let reduced = try TokenEmbeddings(plane.flatMap { $0 }, count: 4, dimension: 3).reduced(to: 2)
    #expect((reduced.count, reduced.dimension) == (4, 2))
    func product(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    for first in 0..<4 {
      for second in 0..<4 {
        let before = product(plane[first][...], plane[second][...])
        let after = product(
          reduced.values[first * 2..<first * 2 + 2], reduced.values[second * 2..<second * 2 + 2])
        #expect(abs(before - after) < 1e-4)
      }
    }
  }

  @Test func refusesSizesThatDoNotFit() throws {
    #expect(throws: SmallModelError.self) { try TokenEmbeddings([1, 2, 3], count: 2, dimension: 2) }
    let table = try TokenEmbeddings([1, 2, 3, 4], count: 2, dimension: 2)
    #expect(throws: SmallModelError.self) { try table.reduced(to: 3) }
    #expect(throws: SmallModelError.self) { try TextCNN(shape: ToyData.shape(), embeddings: table, seed: 1) }
  }

  @Test(arguments: [(0, 1), (9, 1), (1, 0)]) func shapesAreChecked(width: Int, count: Int) {
    #expect(throws: SmallModelError.self) { try ToyData.shape(filters: [FilterBank(width: width, count: count)]) }
  }
}
