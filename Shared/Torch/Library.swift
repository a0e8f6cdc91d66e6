import CTorch
import Foundation

/// libtorch's functions, in a library that is loaded when they are first needed: it takes 150 MB and a third of a
/// second, and only what trains or encodes pays them.
///
/// It is built from the same sources as the program; build both after a change of `CTorch.h`.
enum Library {
  /// The loader finds it beside the program, or among the system's libraries.
  static let name = "libShuntTorch.\(suffix)"
  // Unsafe only because pointers are never Sendable: what is behind this one is constant and stays until the process
  // ends.
  nonisolated(unsafe) static let functions = Result { () throws(TorchError) in try load(name) }

  /// - Throws: where `name` cannot be loaded, is another library, or has more or fewer functions.
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
    "training and encoding need \(name) beside the program (swift build --configuration release --product ShuntTorch), "
    + "and libtorch installed (scripts/setup)"

  #if os(macOS)
    private static let suffix = "dylib"
  #else
    private static let suffix = "so"
  #endif
}

/// Loads libtorch, for those who would rather know now than at their first tensor.
public func loadLibtorch() throws(TorchError) { _ = try Library.functions.get() }
