import Foundation
import Images
import TestSupport
import Testing

@testable import Encoders

@Suite struct FeatureFolderTests {
  private static let columns = 4
  private static let recordSize = PictureKey.byteCount + 16

  private static func key(_ shade: Int) -> PictureKey {
    PictureKey(Picture(width: 2, height: 2, pixels: [UInt8](repeating: UInt8(shade), count: 12)))
  }

  /// Features of length 1 that tell shades apart.
  private static func features(_ shade: Int) -> [Float] {
    let angle = Float(shade) / 100
    return [cos(angle), sin(angle), 0, 0]
  }

  private static func opened(_ folder: URL, records: Int = 100) throws -> StoredFeatures {
    try FeatureFolder(folder, maximumBytes: records * recordSize).features(of: "lite-1", columns: columns)
  }

  @Test func whatIsKeptIsThereInTheNextProcess() async throws {
    try await withTemporaryFolder { folder in
      let url = folder.appending(path: "features")
      let first = try Self.opened(url)
      for shade in 0..<5 {
        #expect(try first.features(of: Self.key(shade)) == nil)
        try first.append(Self.features(shade)[...], of: Self.key(shade))
      }
      let second = try Self.opened(url)
      for shade in 0..<5 { #expect(try second.features(of: Self.key(shade)) == Self.features(shade)) }
      #expect(try second.features(of: Self.key(5)) == nil)
      let other = try FeatureFolder(url).features(of: "lite-2", columns: Self.columns)
      #expect(try other.features(of: Self.key(0)) == nil)
    }
  }

  @Test func theOldestGoWhereTheBoundIsReached() async throws {
    try await withTemporaryFolder { folder in
      for shade in 0..<50 {
        try Self.opened(folder, records: 10).append(Self.features(shade)[...], of: Self.key(shade))
      }
      let sizes = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])
        .map { try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }
      #expect(sizes.count == 2 && sizes.reduce(0, +) <= 10 * Self.recordSize)
      let kept = try Self.opened(folder, records: 10)
      #expect(try kept.features(of: Self.key(49)) == Self.features(49) && kept.features(of: Self.key(45)) != nil)
      #expect(try kept.features(of: Self.key(0)) == nil)
    }
  }

  /// A process that died amid a record, and bytes that are no features.
  @Test func aDamagedFileCostsWhatIsDamaged() async throws {
    try await withTemporaryFolder { folder in
      for shade in 0..<3 { try Self.opened(folder).append(Self.features(shade)[...], of: Self.key(shade)) }
      let file = folder.appending(path: "lite-1.features")
      var bytes = try Data(contentsOf: file)
      bytes.replaceSubrange(Self.recordSize + PictureKey.byteCount..<2 * Self.recordSize, with: Data(count: 16))
      try bytes.dropLast(7).write(to: file)
      let mended = try Self.opened(folder)
      #expect(try mended.features(of: Self.key(0)) == Self.features(0))
      #expect(try mended.features(of: Self.key(1)) == nil && mended.features(of: Self.key(2)) == nil)
      try mended.append(Self.features(7)[...], of: Self.key(7))
      #expect(try Self.opened(folder).features(of: Self.key(7)) == Self.features(7))
    }
  }

  @Test func aFolderThatCannotBeMadeIsNamedWithTheRemedy() async throws {
    try await withTemporaryFolder { folder in
      let file = folder.appending(path: "a-file")
      try Data().write(to: file)
      let error = #expect(throws: EncoderError.self) { try Self.opened(file.appending(path: "below")) }
      #expect(error?.description.contains("SHUNT_FEATURES") == true)
    }
  }

  @Test func anEncoderTakesWhatAnotherLeft() async throws {
    try await withTemporaryFolder { folder in
      let models = ModelsFolder(TinyImageEncoder.models.url, features: FeatureFolder(folder))
      let pictures = [9, 20, 33].map { Picture.drawn(width: $0, height: $0) }
      let url = try models.encoder(TinyImageEncoder.name)
      let computed = try BlockingImageEncoder(contentsOf: url, kept: models.features).features(of: pictures)
      #expect(try computed == BlockingImageEncoder(contentsOf: url).features(of: pictures))
      // What is in the file now, no encoder would compute.
      let file = try #require(
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).first)
      let other = [1] + [Float](repeating: 0, count: computed.columns - 1)
      var bytes = try Data(contentsOf: file)
      bytes.replaceSubrange(
        PictureKey.byteCount..<PictureKey.byteCount + computed.columns * 4, with: other.withUnsafeBytes { Data($0) })
      try bytes.write(to: file)
      let again = try BlockingImageEncoder(contentsOf: url, kept: models.features).features(of: pictures.reversed())
      #expect(Array(again[2]) == other && Array(again[1]) == Array(computed[1]))
    }
  }
}
