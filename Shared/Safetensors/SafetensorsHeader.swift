import Foundation

/// The JSON header: what each tensor is and where its bytes lie (https://github.com/huggingface/safetensors, "Format").
struct SafetensorsHeader {
  /// The format's own bound, so that a damaged length cannot ask for all memory.
  static let maximumLength = 100_000_000

  var metadata: [String: String] = [:]
  var tensors: [String: SafetensorsFile.Entry] = [:]

  /// Reads the header's JSON and checks that the tensors tile `bodyLength` bytes without hole or overlap.
  init(parsing json: Data, bodyLength: Int, file: String) throws {
    let fields: [String: Field]
    do {
      fields = try JSONDecoder().decode([String: Field].self, from: json)
    } catch {
      throw SafetensorsError(file, "the header is not JSON as safetensors has it: \(error)")
    }
    for (name, field) in fields {
      switch field {
      case .metadata(let strings):
        guard name == "__metadata__" else {
          throw SafetensorsError(file, "tensor \(name) lacks dtype, shape or data_offsets")
        }
        metadata = strings
      case .tensor(let tensor):
        tensors[name] = try Self.entry(of: tensor, name: name, file: file)
      }
    }
    try Self.checkTiling(tensors, bodyLength: bodyLength, file: file)
  }

  private static func entry(of tensor: Tensor, name: String, file: String) throws -> SafetensorsFile.Entry {
    guard let type = ElementType(rawValue: tensor.dtype) else {
      let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      throw SafetensorsError(file, "tensor \(name) has dtype \(tensor.dtype); this reader knows \(known)")
    }
    guard tensor.data_offsets.count == 2, let count = type.byteCount(of: tensor.shape) else {
      throw SafetensorsError(file, "tensor \(name) has shape \(tensor.shape), data_offsets \(tensor.data_offsets)")
    }
    let (begin, end) = (tensor.data_offsets[0], tensor.data_offsets[1])
    guard begin >= 0, end >= begin, end - begin == count else {
      throw SafetensorsError(
        file, "tensor \(name) of shape \(tensor.shape) needs \(count) bytes, its data_offsets say \(begin) to \(end)")
    }
    return SafetensorsFile.Entry(type: type, shape: tensor.shape, bytes: begin..<end)
  }

  private static func checkTiling(
    _ tensors: [String: SafetensorsFile.Entry], bodyLength: Int, file: String
  ) throws {
    var position = 0
    let inOrder = tensors.sorted {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound) < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound)
    }
    for (name, entry) in inOrder {
      guard entry.bytes.lowerBound == position else {
        let fault = entry.bytes.lowerBound < position ? "overlaps its neighbour" : "leaves a hole before it"
        throw SafetensorsError(file, "tensor \(name) \(fault) at byte \(entry.bytes.lowerBound)")
      }
      position = entry.bytes.upperBound
    }
    guard position == bodyLength else {
      let fault = position > bodyLength ? "is truncated" : "has bytes that belong to no tensor"
      throw SafetensorsError(file, "\(fault): the tensors end at byte \(position), the data at \(bodyLength)")
    }
  }
}

extension SafetensorsHeader {
  /// A tensor as the JSON has it; names are the format's.
  struct Tensor: Codable {
    var dtype: String
    var shape: [Int]
    var data_offsets: [Int]
  }

  /// A value of the header's object.
  enum Field: Codable {
    case tensor(Tensor)
    case metadata([String: String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        self = .tensor(try container.decode(Tensor.self))
      } catch let tensorError {
        do {
          self = .metadata(try container.decode([String: String].self))
        } catch {
          throw tensorError
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .tensor(let tensor): try container.encode(tensor)
      case .metadata(let strings): try container.encode(strings)
      }
    }
  }
}
