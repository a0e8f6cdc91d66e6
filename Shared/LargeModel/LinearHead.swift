import Foundation
import Safetensors

/// Multinomial logistic regression on an encoder's features.
///
/// Features were standardised while fitting; that is folded into `weight` and `bias`, so raw features go in.
public struct LinearHead: Sendable, Equatable {
  /// The encoder that the features came from; others' features mean nothing here.
  public let encoderVersion: String
  /// Which features.
  public let pooling: Pooling
  /// The classes, in the order of the outputs.
  public let labels: [String]
  /// A row a label.
  let weight: FeatureMatrix
  /// One for each label.
  let bias: [Float]

  init(encoderVersion: String, pooling: Pooling, labels: [String], weight: FeatureMatrix, bias: [Float]) {
    (self.encoderVersion, self.pooling, self.labels) = (encoderVersion, pooling, labels)
    (self.weight, self.bias) = (weight, bias)
  }

  /// Unnormalised log-probabilities of one text, one for each label; `features` has as many numbers as were fitted on.
  func logits(_ features: ArraySlice<Float>) -> [Float] {
    zip(weight.products(with: features), bias).map { $0 + $1 }
  }

  /// The probability of each label for each row of `features`.
  public func probabilities(_ features: FeatureMatrix) throws -> FeatureMatrix {
    guard features.columns == weight.columns else {
      throw LargeModelError(.badRequest, "the head was fitted on \(weight.columns) features, got \(features.columns)")
    }
    var result = FeatureMatrix(rows: features.rows, columns: labels.count)
    for row in 0..<features.rows {
      let probabilities = try logits(features[row]).softmax(over: Array(labels.indices), temperature: 1).probabilities
      result.values.replaceSubrange(row * labels.count..<(row + 1) * labels.count, with: probabilities)
    }
    return result
  }
}

/// The file: `weight`, `bias`, and the rest as strings.
extension LinearHead {
  private static let format = "data-shunt linear head 1"

  /// Writes the head as safetensors, whole or not at all.
  public func write(to url: URL) throws { try SafetensorsFile.write(tensors, metadata: metadata(), to: url) }

  /// The bytes of such a file.
  public func encoded() throws -> Data { try SafetensorsFile.encode(tensors, metadata: metadata()) }

  private var tensors: [String: SafetensorsTensor] {
    [
      "weight": SafetensorsTensor(weight.values, shape: [weight.rows, weight.columns]),
      "bias": SafetensorsTensor(bias, shape: [bias.count]),
    ]
  }

  private func metadata() throws -> [String: String] {
    let labels = String(decoding: try JSONEncoder().encode(self.labels), as: UTF8.self)
    return ["format": Self.format, "encoder": encoderVersion, "pooling": pooling.rawValue, "labels": labels]
  }

  /// Reads what `write` wrote; throws what names the file and its fault.
  public init(contentsOf url: URL) throws { try self.init(SafetensorsFile(contentsOf: url)) }

  /// Reads the bytes of such a file; `name` stands in errors.
  public init(data: Data, name: String) throws { try self.init(SafetensorsFile(data: data, name: name)) }

  private init(_ file: SafetensorsFile) throws {
    func field(_ name: String) throws -> String {
      guard let value = file.metadata[name] else {
        throw LargeModelError(.badModel, "\(file.name): no linear head: its metadata lack \(name)")
      }
      return value
    }
    let format = try field("format")
    guard format == Self.format else {
      throw LargeModelError(
        .badModel,
        "\(file.name): no linear head that this version reads: its format is \"\(format)\", not \"\(Self.format)\"")
    }
    let poolingName = try field("pooling")
    guard let pooling = Pooling(rawValue: poolingName) else {
      throw LargeModelError(.badModel, "\(file.name): pooling \(poolingName) is not known")
    }
    let labels: [String]
    do {
      labels = try JSONDecoder().decode([String].self, from: Data(field("labels").utf8))
    } catch let error as DecodingError {
      throw LargeModelError(.badModel, "\(file.name): labels are no JSON list of strings: \(error)")
    }
    let shape = try file.entry("weight").shape
    let bias = try file.floats("bias")
    guard shape.count == 2, shape[0] == labels.count, bias.count == labels.count, !labels.isEmpty else {
      throw LargeModelError(
        .badModel, "\(file.name): \(labels.count) labels, weight \(shape), \(bias.count) biases do not fit together")
    }
    self.init(
      encoderVersion: try field("encoder"), pooling: pooling, labels: labels,
      weight: try FeatureMatrix(rows: shape[0], columns: shape[1], values: file.floats("weight")), bias: bias)
  }

  /// A name that changes with the weights.
  var version: String {
    var checksum = Checksum()
    weight.values.withUnsafeBytes { checksum.append($0) }
    bias.withUnsafeBytes { checksum.append($0) }
    return "head-\(checksum)"
  }
}
