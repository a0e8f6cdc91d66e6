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
  /// AdamW's decay that held-out data chose when it was fitted; heads of older files do not tell, and count as 1.
  public let weightDecay: Double
  /// A row a label.
  let weight: FeatureMatrix
  /// One for each label.
  let bias: [Float]

  init(
    encoderVersion: String, pooling: Pooling, labels: [String], weightDecay: Double, weight: FeatureMatrix,
    bias: [Float]
  ) {
    (self.encoderVersion, self.pooling, self.labels) = (encoderVersion, pooling, labels)
    (self.weightDecay, self.weight, self.bias) = (weightDecay, weight, bias)
  }

  /// Another head of the same encoder, features and labels.
  /// - Parameters:
  ///   - weight: a row a label, for raw features.
  ///   - bias: one for each label.
  package func with(weight: FeatureMatrix, bias: [Float]) -> LinearHead {
    LinearHead(
      encoderVersion: encoderVersion, pooling: pooling, labels: labels, weightDecay: weightDecay, weight: weight,
      bias: bias)
  }

  /// Features of an input.
  package var featureCount: Int { weight.columns }

  /// Unnormalised log-probabilities of one text, one for each label; `features` has as many numbers as were fitted on.
  package func logits(_ features: ArraySlice<Float>) -> [Float] {
    zip(weight.products(with: features), bias).map { $0 + $1 }
  }
}

/// The file: `weight`, `bias`, and the rest as strings.
extension LinearHead {
  private static let format = "data-shunt linear head 1"

  /// Writes the head as safetensors, whole or not at all.
  public func write(to url: URL) throws { try SafetensorsFile.write(tensors, metadata: metadata(), to: url) }

  /// The bytes of such a file.
  public func encoded() throws -> Data { try SafetensorsFile.encode(tensors, metadata: metadata()) }

  /// Its weights, as a file has them.
  package var tensors: [String: SafetensorsTensor] {
    [
      "weight": SafetensorsTensor(weight.values, shape: [weight.rows, weight.columns]),
      "bias": SafetensorsTensor(bias, shape: [bias.count]),
    ]
  }

  private func metadata() throws -> [String: String] {
    try fields().merging(["format": Self.format]) { $1 }
  }

  /// What is no tensor, as a file has it.
  package func fields() throws -> [String: String] {
    let labels = String(decoding: try JSONEncoder().encode(self.labels), as: UTF8.self)
    return [
      "encoder": encoderVersion, "pooling": pooling.rawValue, "labels": labels, "weight_decay": "\(weightDecay)",
    ]
  }

  /// Reads what `write` wrote; throws what names the file and its fault.
  public init(contentsOf url: URL) throws { try self.init(SafetensorsFile(contentsOf: url)) }

  /// Reads the bytes of such a file; `name` stands in errors.
  public init(data: Data, name: String) throws { try self.init(SafetensorsFile(data: data, name: name)) }

  private init(_ file: SafetensorsFile) throws {
    let format = try Self.field("format", of: file)
    guard format == Self.format else {
      throw EncoderError(
        "\(file.name): no linear head that this version reads: its format is \"\(format)\", not \"\(Self.format)\"")
    }
    try self.init(within: file)
  }

  /// The head in a file that may be more than a head's.
  package init(within file: SafetensorsFile) throws {
    let poolingName = try Self.field("pooling", of: file)
    guard let pooling = Pooling(rawValue: poolingName) else {
      throw EncoderError("\(file.name): pooling \(poolingName) is not known")
    }
    let labels: [String]
    do {
      labels = try JSONDecoder().decode([String].self, from: Data(Self.field("labels", of: file).utf8))
    } catch let error as DecodingError {
      throw EncoderError("\(file.name): labels are no JSON list of strings: \(error)")
    }
    let shape = try file.entry("weight").shape
    let bias = try file.floats("bias")
    guard shape.count == 2, shape[0] == labels.count, bias.count == labels.count, !labels.isEmpty else {
      throw EncoderError(
        "\(file.name): \(labels.count) labels, weight \(shape), \(bias.count) biases do not fit together")
    }
    self.init(
      encoderVersion: try Self.field("encoder", of: file), pooling: pooling, labels: labels,
      weightDecay: try Self.weightDecay(of: file),
      weight: try FeatureMatrix(rows: shape[0], columns: shape[1], values: file.floats("weight")), bias: bias)
  }

  private static func weightDecay(of file: SafetensorsFile) throws -> Double {
    guard let text = file.metadata["weight_decay"] else { return 1 }
    guard let decay = Double(text), LinearHeadFitting.weightDecayRange.contains(decay) else {
      throw EncoderError("\(file.name): the weight_decay \"\(text)\" is no number from 0 to 1000")
    }
    return decay
  }

  private static func field(_ name: String, of file: SafetensorsFile) throws -> String {
    guard let value = file.metadata[name] else {
      throw EncoderError("\(file.name): no linear head: its metadata lack \(name)")
    }
    return value
  }

  /// A name that changes with the weights.
  package var version: String {
    var checksum = Checksum()
    weight.values.withUnsafeBytes { checksum.append($0) }
    bias.withUnsafeBytes { checksum.append($0) }
    return "head-\(checksum)"
  }
}
