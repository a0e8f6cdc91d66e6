import Foundation
import Testing

@testable import Safetensors

/// A file's bytes from a header written by hand.
private func file(_ header: String, body: Int) -> Data {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
    + Data((0..<body).map { UInt8(truncatingIfNeeded: $0) })
}

@Suite struct SafetensorsTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    let url = folder.appending(path: "model.safetensors")
    try SafetensorsFile.write(
      [
        "bytes": SafetensorsTensor([7, 8, 255] as [UInt8], shape: [3]),
        "weights": SafetensorsTensor([1.5, -2, 3, .infinity, 0, 6] as [Float], shape: [2, 3]),
        "halves": SafetensorsTensor([0.5, -65504] as [Float16], shape: [2]),
        "counts": SafetensorsTensor([.min, .max] as [Int64], shape: [1, 2]),
        "ids": SafetensorsTensor([-1, 2] as [Int32], shape: [2]),
        "scalar": SafetensorsTensor([4] as [Float], shape: []),
        "none": SafetensorsTensor([] as [Float], shape: [0, 3]),
      ], metadata: ["labels": "[\"ä/b\"]", "version": "1"], to: url)

    let read = try SafetensorsFile(contentsOf: url)
    #expect(read.metadata == ["labels": "[\"ä/b\"]", "version": "1"])
    #expect(try read.entry("weights").shape == [2, 3])
    #expect(try read.floats("weights") == [1.5, -2, 3, .infinity, 0, 6])
    #expect(try read.floats("halves") == [0.5, -65504])
    #expect(try read.integers("counts") == [.min, .max])
    #expect(try read.integers("ids") == [-1, 2])
    #expect(try read.integers("bytes") == [7, 8, 255])
    #expect(try read.floats("scalar") == [4])
    #expect(try read.floats("none") == [])
    #expect(try read.withBytes(of: "bytes") { Array($0) } == [7, 8, 255])
  }

  @Test func everyTensorIsAligned() throws {
    let data = try SafetensorsFile.encode([
      "a": SafetensorsTensor([1] as [UInt8], shape: [1]), "b": SafetensorsTensor([2] as [Int64], shape: [1]),
      "c": SafetensorsTensor([3] as [Float16], shape: [1]), "d": SafetensorsTensor([4] as [Float], shape: [1]),
    ])
    let read = try SafetensorsFile(data: data, name: "aligned")
    for entry in read.tensors.values { #expect(entry.bytes.lowerBound % entry.type.size == 0) }
    #expect(data.prefix(8) == Data([data[0], data[1], 0, 0, 0, 0, 0, 0]))
    #expect((data.count - 15) % 8 == 0)
  }

  @Test func bytesMayBeginAnywhere() throws {
    let odd = file(
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
      body: 5)
    let slice = (Data([9, 9, 9]) + odd).dropFirst(3)
    let read = try SafetensorsFile(data: slice, name: "odd")
    #expect(try read.floats("a") == [Float(bitPattern: 0x0403_0201)])
  }

  @Test(arguments: [
    (Data([1, 2]), "2 bytes"),
    (Data(repeating: 0xff, count: 64), "no safetensors file"),
    (Data("PK\u{3}\u{4}\0\0\0\0 some zip archive".utf8), "truncated"),
    (file("[]", body: 0), "does not begin with {"),
    (file("{\"a\":", body: 0), "not JSON"),
    (file(#"{"a":{"dtype":"F32","shape":[1]}}"#, body: 4), "not JSON as safetensors"),
    (file(#"{"a":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[0,2]}}"#, body: 2), "dtype F8_E5M2"),
    (file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, body: 4), "needs 8 bytes"),
    (file(#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, body: 4), "shape [-1]"),
    (file(#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, body: 4), "shape"),
    (file(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}"#, body: 4), "data_offsets"),
    (file(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, body: 3), "truncated"),
    (file(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, body: 5), "belong to no tensor"),
    (
      file(
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}"#,
        body: 5), "overlaps"
    ),
    (file(#"{"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}"#, body: 5), "hole"),
  ])
  func aDamagedOrForeignFileIsRefusedWithItsReason(data: Data, reason: String) {
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(data: data, name: "some.safetensors") }
    #expect(error?.description.hasPrefix("some.safetensors: ") == true)
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func everyTruncationIsRefused() throws {
    let whole = try SafetensorsFile.encode(
      ["a": SafetensorsTensor([1, 2] as [Float], shape: [2])], metadata: ["k": "v"])
    for length in 0..<whole.count {
      #expect(throws: SafetensorsError.self) { try SafetensorsFile(data: whole.prefix(length), name: "cut") }
    }
  }

  @Test func aWrongQuestionIsAnError() throws {
    let data = try SafetensorsFile.encode(["a": SafetensorsTensor([1] as [Float], shape: [1])])
    let read = try SafetensorsFile(data: data, name: "m")
    #expect(throws: SafetensorsError("m", "has no tensor b; it has 1 others")) { try read.floats("b") }
    #expect(throws: SafetensorsError.self) { try read.integers("a") }
    #expect(throws: SafetensorsError.self) {
      try SafetensorsFile.encode(["a": SafetensorsTensor([1] as [Float], shape: [2])])
    }
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(contentsOf: URL(filePath: "/nowhere/x.safetensors")) }
  }
}
