import Testing

@testable import Torch

@Suite struct LibraryTests {
  @Test(arguments: ["libNothing.so", "libz.so.1"])
  func whatIsNotTheLibraryIsRefusedWithARemedy(_ name: String) {
    let error = #expect(throws: TorchError.self) { try Library.load(name) }
    #expect(error?.operation == "load")
    #expect(error?.reason.contains("--product ShuntTorch") == true)
  }
}
