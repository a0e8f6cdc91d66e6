import Content
import Testing

@Suite struct ContentTests {
  @Test func aLabelIsRightOrWrong() {
    #expect(Truth.label("editors").quality(of: .label("editors")) == .right)
    #expect(Truth.label("editors").quality(of: .label("text")) == .wrong)
    #expect(Truth.label("editors").quality(of: .caption("editors")) == nil)
    #expect(Truth.captions(["a dog"]).quality(of: .label("a dog")) == nil)
  }

  @Test func aCaptionsQualityIsItsSentenceBLEU() throws {
    let truth = Truth.captions(["Two dogs play .", "a dog"])
    #expect(truth.quality(of: .caption("A dog.")) == .right && truth.quality(of: .caption("cars")) == .wrong)
    let partly = try #require(truth.quality(of: .caption("two dogs sleep")))
    #expect(Quality.wrong < partly && partly < .right)
  }

  @Test(arguments: [-0.001, 1.001, .nan, .infinity] as [Float]) func aQualityIsAShare(value: Float) {
    #expect(Quality(value) == nil)
  }

  @Test func qualitiesAreOrdered() throws {
    let middle = try #require(Quality(0.5))
    #expect(Quality.wrong < middle && middle < Quality.right)
  }

  @Test func anInputSaysWhatIsInIt() {
    let image = ImageSource.url("https://example.org/cat.jpg", mediaType: nil)
    #expect(Input.text("x").holds(.text) && !Input.text("x").holds(.image))
    #expect(Input(image: image).holds(.image) && !Input(image: image).holds(.text))
  }

  /// The router keeps an input for each sample of a batch.
  @Test func anInputIsHardlyLargerThanItsText() {
    #expect(MemoryLayout<Input>.size <= MemoryLayout<String?>.size + MemoryLayout<Int>.size)
  }
}
