import CCaptioner
import Encoders

/// An LSTM with spatial attention without libtorch, which a router runs: the embedding's share of the gates depends on a token
/// alone, so each token's is computed when a version is loaded.
///
/// Log-probabilities are libtorch's to 1e-4 in float32. `@unchecked Sendable`: written in `init` only.
final class CompiledDecoder: CaptionDecoder, @unchecked Sendable {
  /// Which instructions compute it.
  enum Instructions: Sendable, CaseIterable {
    case portable, avx2, avx512
    /// Products of bfloat16, sums of float32.
    case bfloat16

    /// The best that this processor has.
    static func best(isExact: Bool) -> Self {
      allCases.first { $0.code == ccaptioner_best_instructions(isExact) } ?? .portable
    }
    /// All that this processor has.
    static var available: [Self] {
      allCases.filter { $0.code.rawValue <= ccaptioner_best_instructions(false).rawValue }
    }

    fileprivate var code: CCaptionerInstructions {
      switch self {
      case .portable: CCaptionerPortable
      case .avx2: CCaptionerAVX2
      case .avx512: CCaptionerAVX512
      case .bfloat16: CCaptionerAVX512BF16
      }
    }
  }

  fileprivate let shape: LSTMDecoderShape
  fileprivate let model: CCaptionerModel
  fileprivate let instructions: Instructions
  /// Owned: freed with this object and nowhere else.
  private let memory: AlignedMemory

  /// - Parameter weights: as the shape's parameters.
  init(_ shape: LSTMDecoderShape, _ weights: [[Float]], instructions: Instructions) throws {
    guard weights.map(\.count) == shape.parameters.map({ $0.shape.reduce(1, *) }) else {
      throw SmallModelError("captioner: the weights are not those of its shape")
    }
    (self.shape, self.instructions) = (shape, instructions)
    var layers = LayerPacking(instructions: instructions)
    let (hidden, words, gates) = (shape.hidden, shape.vocabulary, LSTMDecoderShape.gates * shape.hidden)
    // Grids come with length 1; the network learnt on numbers whose mean square is 1.
    let scale = Float(shape.places * shape.channels).squareRoot()
    let root = 1 / Float(hidden).squareRoot()
    var model = CCaptionerModel()
    (model.hidden, model.places, model.channels) = (Int32(hidden), Int32(shape.places), Int32(shape.channels))
    (model.vocabulary, model.unknown) = (Int32(words), CaptionVocabulary.unknown)
    model.values = layers.pack(weights[0].map { $0 * scale }, bias: weights[1], inputs: shape.channels)
    model.image = layers.pack(weights[2].map { $0 * scale }, bias: weights[3], inputs: shape.channels)
    model.table = layers.table(embedding: weights[4], weights: weights[5], bias: weights[7], inputs: hidden)
    let none = [Float](repeating: 0, count: gates)
    model.gates = layers.pack(weights[5], bias: none, inputs: hidden)
    model.recurrent = layers.pack(weights[6], bias: none, inputs: hidden)
    model.query = layers.pack(weights[8].map { $0 * root }, bias: weights[9].map { $0 * root }, inputs: hidden)
    model.output = layers.pack(weights[10], bias: weights[11], inputs: hidden, padding: -1e30)
    self.model = model
    memory = layers.memory
  }

  deinit { memory.free() }

  func begin(_ grids: FeatureMatrix) throws -> any CaptionDecoding {
    guard grids.columns == shape.places * shape.channels else {
      throw SmallModelError(
        "captioner: a picture's grid has \(grids.columns) numbers, it reads \(shape.places) × \(shape.channels)")
    }
    return CompiledDecoding(self, grids)
  }
}

/// Makes C's layers of weights.
private struct LayerPacking {
  let instructions: CompiledDecoder.Instructions
  private(set) var memory = AlignedMemory()

  init(instructions: CompiledDecoder.Instructions) { self.instructions = instructions }

  /// - Parameters:
  ///   - weights: [outputs][inputs].
  ///   - padding: the bias of the outputs that make their number a multiple of 16.
  mutating func pack(_ weights: [Float], bias: [Float], inputs: Int, padding: Float = 0) -> CCaptionerLayer {
    pack(weights, bias: bias, inputs: inputs, padding: padding, instructions)
  }

  private mutating func pack(
    _ weights: [Float], bias: [Float], inputs: Int, padding: Float, _ instructions: CompiledDecoder.Instructions
  ) -> CCaptionerLayer {
    let outputs = (bias.count + 15) / 16 * 16
    let packed = memory.allocate(
      Int(ccaptioner_packed_bytes(instructions.code, Int32(inputs), Int32(outputs))))
    ccaptioner_pack(instructions.code, Int32(inputs), Int32(bias.count), Int32(outputs), weights, packed)
    let filled = bias + [Float](repeating: padding, count: outputs - bias.count)
    return CCaptionerLayer(
      depth: Int32(inputs), outputs: Int32(outputs), weights: packed, bias: memory.copy(filled))
  }

  /// Of each row of `embedding` what a layer makes of it, in float32: [rows][outputs].
  mutating func table(
    embedding: [Float], weights: [Float], bias: [Float], inputs: Int
  ) -> UnsafePointer<Float> {
    let exact = CompiledDecoder.Instructions.best(isExact: true)
    let rows = embedding.count / inputs
    let table = memory.allocate(rows * bias.count * 4).bindMemory(to: Float.self, capacity: rows * bias.count)
    var once = LayerPacking(instructions: exact)
    defer { once.memory.free() }
    var layer = once.pack(weights, bias: bias, inputs: inputs)
    ccaptioner_apply(exact.code, &layer, embedding, Int64(rows), table, nil)
    return UnsafePointer(table)
  }
}

/// A batch's captions under way. Not `Sendable`: it stays with who began it.
private final class CompiledDecoding: CaptionDecoding {
  private let decoder: CompiledDecoder
  /// Owned, each freed with this object, or where it grows.
  private var memory = AlignedMemory()
  private let pictures: CCaptionerPictures
  private var states: [CCaptionerState] = []
  private var scratch: UnsafeMutableRawPointer?
  private var room = 0
  private var growing = AlignedMemory()
  /// Of each hypothesis of the last step.
  private var picturesOfHypotheses: [Int32]
  private var steps = 0

  init(_ decoder: CompiledDecoder, _ grids: FeatureMatrix) {
    self.decoder = decoder
    let (shape, count) = (decoder.shape, grids.rows)
    picturesOfHypotheses = (0..<Int32(count)).map { $0 }
    pictures = CCaptionerPictures(
      values: memory.floats(count * shape.places * shape.hidden),
      gates: memory.floats(count * LSTMDecoderShape.gates * shape.hidden))
    var (model, pictures) = (decoder.model, pictures)
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: Int(ccaptioner_scratch_bytes(&model, Int64(count))), alignment: 64)
    defer { scratch.deallocate() }
    ccaptioner_begin(&model, decoder.instructions.code, grids.values, Int64(count), &pictures, scratch)
  }

  deinit {
    memory.free()
    growing.free()
  }

  func step(tokens: [Int32], parents: [Int32], count: Int, temperature: Float) throws -> DecoderChoices {
    let rows = tokens.count
    prepare(rows)
    picturesOfHypotheses = parents.map { picturesOfHypotheses[Int($0)] }
    var choices = DecoderChoices(
      count: count, tokens: [Int32](repeating: 0, count: rows * count),
      logProbabilities: [Float](repeating: 0, count: rows * count))
    var (model, pictures) = (decoder.model, pictures)
    picturesOfHypotheses.withUnsafeBufferPointer { own in
      parents.withUnsafeBufferPointer { parents in
        tokens.withUnsafeBufferPointer { tokens in
          choices.tokens.withUnsafeMutableBufferPointer { chosen in
            choices.logProbabilities.withUnsafeMutableBufferPointer { logProbabilities in
              var step = CCaptionerStep(
                count: Int64(rows), tokens: tokens.baseAddress, pictures: own.baseAddress,
                parents: steps == 0 ? nil : parents.baseAddress, before: states[steps % 2],
                after: states[1 - steps % 2],
                choices: Int32(count), temperature: temperature, chosen: chosen.baseAddress,
                log_probabilities: logProbabilities.baseAddress)
              ccaptioner_step(&model, decoder.instructions.code, &pictures, &step, scratch)
            }
          }
        }
      }
    }
    steps += 1
    return choices
  }

  /// Grows to so many hypotheses; what the last step left is kept.
  private func prepare(_ rows: Int) {
    guard rows > room else { return }
    let hidden = decoder.shape.hidden
    var larger = AlignedMemory()
    let states = (0..<2).map { _ in
      CCaptionerState(outputs: larger.floats(rows * hidden), cells: larger.floats(rows * hidden))
    }
    for (old, new) in zip(self.states, states) {
      new.outputs.update(from: old.outputs, count: room * hidden)
      new.cells.update(from: old.cells, count: room * hidden)
    }
    var model = decoder.model
    scratch = larger.allocate(Int(ccaptioner_scratch_bytes(&model, Int64(rows))))
    growing.free()
    (growing, self.states, room) = (larger, states, rows)
  }
}

extension AlignedMemory {
  fileprivate mutating func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    allocate(count * 4).bindMemory(to: Float.self, capacity: count)
  }
}
