import Foundation

extension SafetensorsFile {
  /// The bytes of a file that holds `tensors` and `metadata`; the same input gives the same bytes.
  ///
  /// Wider elements come first, then names in order, so that every tensor is aligned to its elements.
  public static func encode(_ tensors: [String: SafetensorsTensor], metadata: [String: String] = [:]) throws -> Data {
    let inOrder = tensors.sorted { ($1.value.type.size, $0.key) < ($0.value.type.size, $1.key) }
    var fields: [String: SafetensorsHeader.Field] = metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
    var position = 0
    for (name, tensor) in inOrder {
      guard name != "__metadata__", tensor.type.byteCount(of: tensor.shape) == tensor.bytes.count else {
        throw SafetensorsError(
          name, "cannot be written: shape \(tensor.shape) of \(tensor.type.rawValue) with \(tensor.bytes.count) bytes")
      }
      let end = position + tensor.bytes.count
      fields[name] = .tensor(.init(dtype: tensor.type.rawValue, shape: tensor.shape, data_offsets: [position, end]))
      position = end
    }
    var data = try header(fields)
    for (_, tensor) in inOrder { data.append(tensor.bytes) }
    return data
  }

  /// Writes a file whole or not at all, by renaming.
  public static func write(
    _ tensors: [String: SafetensorsTensor], metadata: [String: String] = [:], to url: URL
  ) throws {
    let data = try encode(tensors, metadata: metadata)
    do {
      try data.write(to: url, options: .atomic)
    } catch {
      throw SafetensorsError(url.path, "cannot be written: \(error.localizedDescription)")
    }
  }

  /// The header's length and JSON, padded with spaces so that the tensors begin at a multiple of 8.
  private static func header(_ fields: [String: SafetensorsHeader.Field]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(fields)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    var data = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    data.append(json)
    return data
  }
}
