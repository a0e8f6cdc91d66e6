import CTorch
import Foundation

/// libtorch's functions, in a library that is loaded when they are first needed: it takes 150 MB and a third of a
/// second, and only what trains or encodes pays them.
enum Library {
  /// Where the loader looks, beside the program, then among the system's libraries.
  static let name = "libShuntTorch.\(suffix)"
  // Unsafe only because pointers are never Sendable: what is behind this one is constant and stays until the process
  // ends.
  nonisolated(unsafe) static let functions = Result { () throws(TorchError) in try load(name) }

  /// - Throws: where `name` cannot be loaded, is another library, or comes from another build.
  static func load(_ name: String) throws(TorchError) -> UnsafePointer<CTorchFunctions> {
    guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL), let table = dlsym(library, "ctorch_functions") else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw TorchError(operation: "load", reason: "\(reason); \(remedy)")
    }
    let functions = UnsafeRawPointer(table).assumingMemoryBound(to: CTorchFunctions.self)
    guard functions.pointee.byte_count == MemoryLayout<CTorchFunctions>.size else {
      throw TorchError(operation: "load", reason: "\(name) is from another build than this program; \(remedy)")
    }
    return functions
  }

  private static let remedy =
    "training and encoding need it beside the program: build it there with 'swift build --configuration release "
    + "--product ShuntTorch', or copy it there with the program"

  #if os(macOS)
    private static let suffix = "dylib"
  #else
    private static let suffix = "so"
  #endif
}
