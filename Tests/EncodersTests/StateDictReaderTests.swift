import Foundation
import Safetensors
import TestSupport
import Testing

@testable import Encoders

/// `scripts/convert-image-encoder` reads what PyTorch pickled, and runs nothing of it.
@Suite struct StateDictReaderTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func convert(_ stateDict: URL, into folder: URL) throws {
    let script = Self.root.appending(path: "scripts/convert-image-encoder").path
    try PythonTool.run([script, "lite0", stateDict.path, folder.path])
  }

  @Test(arguments: ["legacy", "zip"]) func bothOfPyTorchsFormatsAreRead(_ name: String) async throws {
    try await withTemporaryFolder { folder in
      try convert(Bundle.module.bundleURL.appending(path: "Golden/efficientnet-lite/\(name).pth"), into: folder)
      let file = try SafetensorsFile(contentsOf: folder.appending(path: "model.safetensors"))
      #expect(Set(file.tensors.keys) == ["weight", "half"])
      // The tensor was turned without being copied: its numbers lie in another order in the file.
      #expect(try file.entry("weight").shape == [3, 2])
      #expect(try file.floats("weight") == [0, 3, 1, 4, 2, 5])
      #expect(try file.entry("half").type == .float16)
      #expect(try file.floats("half") == [0.5])
      #expect(try ImageEncoderConfiguration(contentsOf: folder.appending(path: "config.json")).imageSize == 224)
    }
  }

  /// A pickle in the place of the state dict, and what the refusal names.
  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    /// Opcodes; `COMMAND` is what would be run.
    let pickle: String
    let refusal: String
    var testDescription: String { name }
  }

  private static let attacks = [
    Attack(name: "GLOBAL and REDUCE", pickle: "cos\nsystem\n(VCOMMAND\ntR.", refusal: "os.system"),
    Attack(name: "GLOBAL with a known name before it", pickle: "ctorch\nload\n.", refusal: "torch.load"),
    Attack(name: "builtins", pickle: "c__builtin__\neval\n.", refusal: "__builtin__.eval"),
    Attack(name: "INST", pickle: "(VCOMMAND\nios\nsystem\n.", refusal: "UNICODE"),
    Attack(name: "INST without arguments", pickle: "(ios\ngetcwd\n.", refusal: "INST"),
    Attack(name: "OBJ", pickle: "(]o.", refusal: "OBJ"),
    Attack(name: "NEWOBJ", pickle: "])\u{81}.", refusal: "NEWOBJ"),
    Attack(
      name: "STACK_GLOBAL", pickle: "X\u{2}\u{0}\u{0}\u{0}osX\u{6}\u{0}\u{0}\u{0}system\u{93}.", refusal: "STACK_GLOBAL"
    ),
    Attack(name: "BUILD on a list", pickle: "]}b.", refusal: "BUILD"),
    Attack(
      name: "nested in a dictionary",
      pickle: "ccollections\nOrderedDict\n)R(X\u{1}\u{0}\u{0}\u{0}acos\nsystem\n(VCOMMAND\ntRu.", refusal: "os.system"),
    Attack(
      name: "a dictionary made of something", pickle: "ccollections\nOrderedDict\n(]tR.", refusal: "dictionary"),
    Attack(name: "a call of a string", pickle: "X\u{1}\u{0}\u{0}\u{0}a)R.", refusal: "no function"),
    Attack(name: "a persistent id", pickle: "X\u{1}\u{0}\u{0}\u{0}aQ.", refusal: "persistent id"),
    Attack(name: "EXT1", pickle: "\u{82}\u{1}.", refusal: "EXT1"),
    Attack(name: "an empty stack", pickle: "R.", refusal: "damaged"),
    Attack(name: "no tensor", pickle: "}X\u{1}\u{0}\u{0}\u{0}aNs.", refusal: "no tensor"),
  ]

  @Test(arguments: attacks, [true, false]) func aPickleThatWouldRunIsRefusedByName(_ attack: Attack, isZip: Bool)
    async throws
  {
    try await withTemporaryFolder { folder in
      let (marker, made) = (folder.appending(path: "was-run"), folder.appending(path: "made"))
      let file = folder.appending(path: "attack.pth")
      try write(attack.bytes(command: "touch \(marker.path)"), isZip: isZip, to: file)
      let error = #expect(throws: EncoderError.self) { try convert(file, into: made) }
      #expect(error?.description.contains("refused: it holds") == true)
      #expect(error?.description.contains(attack.refusal) == true, "\(error?.description ?? "")")
      #expect(!FileManager.default.fileExists(atPath: marker.path))
      #expect(!FileManager.default.fileExists(atPath: made.path))
    }
  }

  @Test func aFileThatEndsEarlyIsRefused() async throws {
    try await withTemporaryFolder { folder in
      let whole = try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Golden/efficientnet-lite/legacy.pth"))
      let file = folder.appending(path: "short.pth")
      for count in [0, 5, 100, whole.count - 1] {
        try whole.prefix(count).write(to: file)
        #expect(throws: EncoderError.self) { try convert(file, into: folder.appending(path: "made")) }
      }
    }
  }

  /// The pickle as the state dict of either format.
  private func write(_ pickle: Data, isZip: Bool, to file: URL) throws {
    if isZip {
      let source = file.deletingLastPathComponent().appending(path: "archive")
      try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
      try pickle.write(to: source.appending(path: "data.pkl"))
      try PythonTool.run(["-m", "zipfile", "-c", file.path, source.path])
    } else {
      let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
      let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
      let machine = Array(
        "\u{80}\u{2}}X\u{D}\u{0}\u{0}\u{0}little_endian\u{88}s.".unicodeScalars.map { UInt8($0.value) })
      try Data(magic + version + machine + pickle).write(to: file)
    }
  }
}

extension StateDictReaderTests.Attack {
  /// Each scalar is a byte.
  func bytes(command: String) -> Data {
    Data(pickle.replacing("COMMAND", with: command).unicodeScalars.map { UInt8($0.value) })
  }
}
