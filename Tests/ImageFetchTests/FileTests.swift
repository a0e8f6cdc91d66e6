import Foundation
import Testing

@testable import ImageFetch

@Suite struct FileTests {
  private static func withFolder(_ body: (URL, ImageFetcher) async throws -> Void) async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("images-\(UUID())")
    let folder = root.appendingPathComponent("in")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("abc".utf8).write(to: folder.appendingPathComponent("a.png"))
    try Data("secret".utf8).write(to: root.appendingPathComponent("secret.png"))
    let prefix = try ImagePrefix("file://\(folder.path)/")
    let fetcher = ImageFetcher(ImageSettings(allowed: AllowedImages([prefix]), maximumBytes: 100))
    try await body(folder, fetcher)
    try FileManager.default.removeItem(at: root)
  }

  private static func failure(_ fetcher: ImageFetcher, _ path: String) async -> ImageFetchError? {
    await #expect(throws: ImageFetchError.self) { try await fetcher.fetch("file://\(path)") }
  }

  @Test("Files below the folder are read, by links within it, too")
  func inside() async throws {
    try await Self.withFolder { folder, fetcher in
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/link.png", withDestinationPath: folder.path + "/a.png")
      for name in ["a.png", "link.png", "sub/../a.png"] {
        #expect(try await fetcher.fetch("file://\(folder.path)/\(name)").bytes == Array("abc".utf8))
      }
    }
  }

  @Test("No link and no dots lead out")
  func outside() async throws {
    try await Self.withFolder { folder, fetcher in
      let outside = folder.deletingLastPathComponent().path
      for (link, target) in [("file", outside + "/secret.png"), ("folder", outside), ("proc", "/proc/self")] {
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(link)", withDestinationPath: target)
      }
      for path in ["file", "folder/secret.png", "proc/environ"] {
        #expect(await Self.failure(fetcher, "\(folder.path)/\(path)")?.cause == .notAllowed, "\(path)")
      }
      for path in ["/../secret.png", "/%2e%2e/secret.png"] {
        #expect(await Self.failure(fetcher, folder.path + path)?.cause == .notAllowed, "\(path)")
      }
      #expect(await Self.failure(fetcher, "/etc/passwd")?.cause == .notAllowed)
    }
  }

  @Test("What is no file, missing or too long is the image's fault; a folder that is away is the world's")
  func faults() async throws {
    try await Self.withFolder { folder, fetcher in
      #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
      try Data(count: 101).write(to: folder.appendingPathComponent("long.png"))
      #expect(await Self.failure(fetcher, folder.path + "/pipe")?.blame == .image)
      #expect(await Self.failure(fetcher, folder.path + "/")?.blame == .image)
      #expect(await Self.failure(fetcher, folder.path + "/none.png")?.cause == .missing)
      #expect(await Self.failure(fetcher, folder.path + "/a.png/b")?.cause == .missing)
      #expect(await Self.failure(fetcher, folder.path + "/long.png")?.cause == .tooLarge)
      try FileManager.default.moveItem(atPath: folder.path, toPath: folder.path + "-away")
      #expect(await Self.failure(fetcher, folder.path + "/a.png")?.blame == .world)
      try FileManager.default.moveItem(atPath: folder.path + "-away", toPath: folder.path)
    }
  }
}
