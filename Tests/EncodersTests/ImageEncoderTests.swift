import Content
import Foundation
import Images
import Safetensors
import TestSupport
import Testing

@testable import Encoders

@Suite struct ImageEncoderTests {
  private static let golden = Bundle.module.bundleURL.appending(path: "Golden/efficientnet-lite")
  private static let lite0 = MiniLM.models.appending(path: "efficientnet-lite0")

  private static func picture(_ size: Int) -> Picture { .drawn(width: size, height: size) }

  private func features(_ name: String) throws -> [Float] {
    try SafetensorsFile(contentsOf: Self.golden.appending(path: "golden.safetensors")).floats("features.\(name)")
  }

  /// The small network of random weights, for pictures of another size and with fields of its configuration changed.
  private func withNetwork(_ changes: [String: Any] = [:], _ body: (URL) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let copy = folder.appending(path: "efficientnet")
      try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
      let fields = try #require(try Self.golden.appending(path: "config.json").fields()).merging(changes) { $1 }
      try JSONSerialization.data(withJSONObject: fields).write(to: copy.appending(path: "config.json"))
      try FileManager.default.copyItem(
        at: Self.golden.appending(path: "model.safetensors"), to: copy.appending(path: "model.safetensors"))
      try await body(copy)
    }
  }

  private func compare(_ found: FeatureMatrix, _ golden: [Float], _ instructions: EfficientNet.Instructions) {
    let difference = zip(found[0], golden).map { abs($0 - $1) }.max() ?? .infinity
    let cosine = zip(found[0], golden).map { $0 * $1 }.reduce(0, +)
    #expect(found.columns == golden.count)
    if instructions == .bfloat16 {
      #expect(cosine > 0.999)
    } else {
      #expect(difference < 1e-4)
    }
  }

  /// Odd and even sides are padded in different ways, and 9 pixels leave a single one at the end.
  @Test(arguments: EfficientNet.Instructions.available, [33, 64, 9])
  func featuresAreThoseOfPyTorch(_ instructions: EfficientNet.Instructions, size: Int) async throws {
    try await withNetwork(["image_size": size]) { folder in
      let encoder = try LoadedImageEncoder(contentsOf: folder, threads: 1, instructions: instructions)
      compare(
        try encoder.features(of: [Self.picture(size)], pooling: .sentence), try features("\(size)"), instructions)
    }
  }

  /// The last convolution over the grid, clipped at 6 and averaged, is what the features are, which have golden values.
  @Test(arguments: EfficientNet.Instructions.available, [33, 64])
  func theGridIsWhatFeaturesAreMadeOf(_ instructions: EfficientNet.Instructions, size: Int) async throws {
    try await withNetwork(["image_size": size]) { folder in
      let file = try SafetensorsFile(contentsOf: folder.appending(path: "model.safetensors"))
      let configuration = try ImageEncoderConfiguration(contentsOf: folder.appending(path: "config.json"))
      let network = try EfficientNet(file, configuration, instructions: instructions)
      let (places, channels) = network.grid
      var grid = [Float](repeating: 0, count: places * channels)
      try grid.withUnsafeMutableBufferPointer {
        try EfficientNetScratch(network).run(Self.picture(size).pixels, .grid, $0)
      }
      let (weights, scale) = (try file.floats("_conv_head.weight"), try file.floats("_bn1.weight"))
      let (shift, mean) = (try file.floats("_bn1.bias"), try file.floats("_bn1.running_mean"))
      let variance = try file.floats("_bn1.running_var")
      var features = (0..<scale.count).map { output in
        (0..<places).reduce(Float(0)) { sum, place in
          let product = (0..<channels).reduce(Float(0)) {
            $0 + weights[output * channels + $1] * grid[place * channels + $1]
          }
          let value = scale[output] * (product - mean[output]) / (variance[output] + 1e-3).squareRoot() + shift[output]
          return sum + min(max(value, 0), 6)
        }
      }
      features.withUnsafeMutableBufferPointer { $0.scaleToLengthOne() }
      try compare(
        FeatureMatrix(rows: 1, columns: features.count, values: features), self.features("\(size)"), instructions)
    }
  }

  @Test func gridsHaveLengthOneAndAreKeptApartFromFeatures() async throws {
    try await withTemporaryFolder { folder in
      let kept = FeatureFolder(folder.appending(path: "features"))
      let encoder = try LoadedImageEncoder(contentsOf: Self.golden, threads: 1, kept: kept)
      let pictures = [Self.picture(33), Self.picture(40)]
      let grids = try encoder.features(of: pictures, pooling: .grid)
      #expect(grids.columns == encoder.grid.places * encoder.grid.channels)
      #expect(grids[0].reduce(0) { $0 + $1 * $1 } - 1 < 1e-5 && grids[0] != grids[1])
      let features = try encoder.features(of: pictures, pooling: .sentence)
      let other = try LoadedImageEncoder(contentsOf: Self.golden, threads: 1, kept: kept)
      #expect(try other.features(of: pictures, pooling: .grid) == grids)
      #expect(try other.features(of: pictures, pooling: .sentence) == features)
    }
  }

  @Test(
    .enabled("efficientnet-lite0 is not here: scripts/setup") { FileManager.default.fileExists(atPath: lite0.path) },
    arguments: EfficientNet.Instructions.available)
  func realWeightsGiveWhatPyTorchGives(_ instructions: EfficientNet.Instructions) throws {
    let encoder = try LoadedImageEncoder(contentsOf: Self.lite0, threads: 1, instructions: instructions)
    compare(try encoder.features(of: [Self.picture(224)], pooling: .sentence), try features("lite0"), instructions)
  }

  @Test func companyThreadsAndTheCacheChangeNothing() async throws {
    try await withNetwork { folder in
      let pictures = [33, 20, 50, 33].map(Self.picture)
      let alone = try pictures.map {
        try LoadedImageEncoder(contentsOf: folder, threads: 1).features(of: [$0], pooling: .sentence)
      }
      let encoder = try LoadedImageEncoder(contentsOf: folder, threads: 3)
      for _ in 0..<2 {
        let together = try encoder.features(of: pictures, pooling: .sentence)
        for (row, features) in alone.enumerated() { #expect(Array(together[row]) == Array(features[0])) }
      }
    }
  }

  @Test func aPictureIsResizedBicubically() async throws {
    try await withNetwork { folder in
      let encoder = try LoadedImageEncoder(contentsOf: folder, threads: 1)
      let resized = Self.picture(20).resized(width: 33, height: 33, filter: .bicubic)
      #expect(
        try encoder.features(of: [Self.picture(20)], pooling: .sentence)
          == encoder.features(of: [resized], pooling: .sentence))
    }
  }

  @Test func theFolderTellsWhatItsEncoderReads() async throws {
    try await withTemporaryFolder { folder in
      let encoder = folder.appending(path: "tiny")
      try FileManager.default.copyItem(at: Self.golden, to: encoder)
      let library = EncoderLibrary(ModelsFolder(folder))
      #expect(try library.models.reads("tiny") == .image)
      let loaded = try library.encoder("tiny", settings: EncoderSettings())
      #expect(loaded.reads == .image)
      #expect(loaded.version.hasPrefix("tiny-"))
      await #expect(throws: EncoderError.self) {
        try await loaded.features(of: [.text("no picture")], pooling: .sentence)
      }
      let broken = Input(image: .data([1, 2, 3], mediaType: nil))
      let error = await #expect(throws: EncoderError.self) {
        try await loaded.features(of: [broken], pooling: .sentence)
      }
      #expect(error?.description.contains("input 0") == true)
      #expect(throws: EncoderError.self) { try library.models.reads("nowhere") }
    }
  }

  @Test(
    arguments: [
      ("model_type", "resnet", "efficientnet-lite"), ("image_mean", 0, "(x - 127) / 128"),
      ("depths", [1, 2], "7 stages"),
      ("image_size", 0, "image_size"), ("stem_width", 20, "multiple of 16"),
      ("widths", [8, 8, 12, 8, 16, 8, 16], "multiple of 8"),
      ("feature_width", 640, "shape"),
    ] as [(String, any Sendable, String)])
  func aConfigurationThatIsNotComputedIsRefused(_ key: String, _ value: any Sendable, _ reason: String) async throws {
    try await withNetwork([key: value]) { folder in
      let error = #expect(throws: EncoderError.self) { try ImageEncoder(contentsOf: folder) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }

  @Test func aPoolingOfSentencesIsRefused() async throws {
    try await withNetwork { folder in
      let encoder = try BlockingImageEncoder(contentsOf: folder)
      #expect(throws: EncoderError.self) { try encoder.features(of: [Self.picture(9)], pooling: .allLayers) }
    }
  }
}

@Suite struct FeatureCacheTests {
  private func key(_ shade: Int) -> PictureKey {
    PictureKey(Picture(width: 2, height: 2, pixels: [UInt8](repeating: UInt8(shade), count: 12)))
  }

  @Test func whatIsAskedForStaysAndTheRestGoes() {
    var cache = FeatureCache<PictureKey>(limit: 8)
    for shade in 0..<100 {
      cache[key(shade)] = [Float(shade)]
      #expect(cache[key(0)] == [0])
      #expect(cache.count <= 8)
    }
    #expect(cache[key(99)] == [99])
    #expect(cache[key(50)] == nil)
  }

  @Test func picturesOfOtherSidesAreOthers() {
    let pixels = [UInt8](repeating: 7, count: 24)
    #expect(
      PictureKey(Picture(width: 4, height: 2, pixels: pixels))
        != PictureKey(Picture(width: 2, height: 4, pixels: pixels)))
  }
}
