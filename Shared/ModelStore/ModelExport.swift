import Foundation

/// A version as two files: `NAME.safetensors` and `NAME.json`, which describes it and holds its hash.
struct ModelExport: Codable {
  let description: ModelDescription
  let hash: String
}

extension ModelStore {
  /// Writes a version into a folder.
  /// - Returns: the description's file; `import` reads it and the artifact beside it.
  @discardableResult
  public func export(_ id: Int, to folder: URL) async throws -> URL {
    let model = try await version(id)
    let bytes = try await artifact(of: id)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let name = [model.description.task, model.description.role.roleName, model.description.version]
      .map { $0.replacing(/[^A-Za-z0-9._-]/, with: "_") }.joined(separator: "-")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let file = folder.appending(path: "\(name).json")
    try Data(bytes).write(to: folder.appending(path: "\(name).safetensors"), options: .atomic)
    try encoder.encode(ModelExport(description: model.description, hash: model.hash)).write(to: file, options: .atomic)
    return file
  }

  /// Registers what `export` wrote, as candidate.
  /// - Parameter file: the description's file; the artifact stands beside it.
  /// - Throws: `ModelStoreError` of kind `brokenArtifact` where the artifact is not the one described.
  @discardableResult
  public func `import`(_ file: URL, who: String) async throws -> ModelVersion {
    let described: ModelExport
    do { described = try JSONDecoder().decode(ModelExport.self, from: Data(contentsOf: file)) } catch {
      throw ModelStoreError(.invalid, "\(file.path) is no model's description: \(error)")
    }
    let artifactFile = file.deletingPathExtension().appendingPathExtension("safetensors")
    let bytes = [UInt8](try Data(contentsOf: artifactFile))
    let found = Self.hash(bytes)
    guard found == described.hash else {
      throw ModelStoreError(
        .brokenArtifact, "\(artifactFile.path) has the hash \(found), described is \(described.hash); copy it again")
    }
    return try await register(described.description, artifact: bytes, who: who)
  }
}
