import Cascade
import Foundation

/// How a picture is changed from step to step while a network learns, so that it does not learn pixels by heart: moved,
/// mirrored, and half of the pictures each turned, slanted and scaled; brighter, with more contrast, paler; or with a
/// square left out. What lies outside is the mean pixel.
struct PictureAugmentation {
  private let mean: [Float]
  private let deviation: [Float]

  /// What is drawn for one picture.
  private struct Draw {
    /// Where the picture's pixel at (column, row) from the middle is taken from: a · column + b · row + c.
    var column: (Float, Float, Float)
    var row: (Float, Float, Float)
    var brightness: Float = 1
    var contrast: Float = 1
    var saturation: Float = 1
    /// Columns and rows of the square that is left out.
    var hole: (columns: Range<Int>, rows: Range<Int>) = (0..<0, 0..<0)

    init(using generator: inout SplitMix64) {
      func drawn(_ bound: Float) -> Float { Float.random(in: -bound...bound, using: &generator) }
      let mirror: Float = Bool.random(using: &generator) ? 1 : -1
      let shift = (Float(Int.random(in: -4...4, using: &generator)), Float(Int.random(in: -4...4, using: &generator)))
      var (angle, slant, scale): (Float, Float, Float) = (0, 0, 1)
      if Bool.random(using: &generator) { (angle, slant, scale) = (drawn(0.35), drawn(0.2), exp(drawn(0.25))) }
      column = (cos(angle) * scale * mirror, -sin(angle) * scale + slant, shift.0)
      row = (sin(angle) * scale * mirror, cos(angle) * scale, shift.1)
      if Bool.random(using: &generator) {
        (brightness, contrast, saturation) = (1 + drawn(0.4), 1 + drawn(0.4), 1 + drawn(0.4))
      }
      if Bool.random(using: &generator) {
        let side = ResNetShape.side
        let (x, y) = (Int.random(in: 0..<side, using: &generator), Int.random(in: 0..<side, using: &generator))
        hole = (max(0, x - 6)..<min(side, x + 6), max(0, y - 6)..<min(side, y + 6))
      }
    }
  }

  /// - Parameters: of the training data's pixels, red, green, blue.
  init(mean: [Float], deviation: [Float]) { (self.mean, self.deviation) = (mean, deviation) }

  /// Writes a picture, normalised, [3][32][32].
  /// - Parameter generator: what is drawn from; `nil`: the picture as it is.
  func write(
    _ pixels: ArraySlice<UInt8>, using generator: inout SplitMix64?, to output: UnsafeMutableBufferPointer<Float>
  ) {
    let area = ResNetShape.side * ResNetShape.side
    let draw = generator.map { given in
      var given = given
      defer { generator = given }
      return Draw(using: &given)
    }
    if let draw {
      pixels.withUnsafeBufferPointer { place($0, draw, output) }
      colour(draw, output)
    } else {
      for (index, pixel) in pixels.enumerated() { output[index % 3 * area + index / 3] = Float(pixel) }
    }
    for channel in 0..<3 {
      for index in channel * area..<(channel + 1) * area {
        output[index] = (output[index] - mean[channel]) / deviation[channel]
      }
    }
    if let hole = draw?.hole {
      for channel in 0..<3 {
        for row in hole.rows {
          for column in hole.columns { output[channel * area + row * ResNetShape.side + column] = 0 }
        }
      }
    }
  }

  /// Moves the pixels; those between pixels are mixed of their four neighbours.
  private func place(_ pixels: UnsafeBufferPointer<UInt8>, _ draw: Draw, _ output: UnsafeMutableBufferPointer<Float>) {
    let side = ResNetShape.side
    let middle = Float(side - 1) / 2
    // Where a pixel begins; -1 outside of the picture.
    func start(_ column: Int, _ row: Int) -> Int {
      0..<side ~= column && 0..<side ~= row ? (row * side + column) * 3 : -1
    }
    for row in 0..<side {
      for column in 0..<side {
        let (x, y) = (Float(column) - middle, Float(row) - middle)
        let across = draw.column.0 * x + draw.column.1 * y + draw.column.2 + middle
        let down = draw.row.0 * x + draw.row.1 * y + draw.row.2 + middle
        let (left, top) = (across.rounded(.down), down.rounded(.down))
        let (right, bottom) = (across - left, down - top)
        let (u, v) = (Int(left), Int(top))
        let starts = (start(u, v), start(u + 1, v), start(u, v + 1), start(u + 1, v + 1))
        let shares = ((1 - right) * (1 - bottom), right * (1 - bottom), (1 - right) * bottom, right * bottom)
        for channel in 0..<3 {
          func value(_ start: Int) -> Float { start < 0 ? mean[channel] : Float(pixels[start + channel]) }
          output[(channel * side + row) * side + column] =
            shares.0 * value(starts.0) + shares.1 * value(starts.1) + shares.2 * value(starts.2)
            + shares.3 * value(starts.3)
        }
      }
    }
  }

  private func colour(_ draw: Draw, _ output: UnsafeMutableBufferPointer<Float>) {
    guard draw.brightness != 1 || draw.contrast != 1 || draw.saturation != 1 else { return }
    let area = ResNetShape.side * ResNetShape.side
    let centre = draw.brightness * output.reduce(0, +) / Float(output.count)
    func contrasted(_ index: Int) -> Float { (draw.brightness * output[index] - centre) * draw.contrast + centre }
    for pixel in 0..<area {
      let (red, green, blue) = (contrasted(pixel), contrasted(area + pixel), contrasted(2 * area + pixel))
      let grey = (red + green + blue) / 3
      output[pixel] = (red - grey) * draw.saturation + grey
      output[area + pixel] = (green - grey) * draw.saturation + grey
      output[2 * area + pixel] = (blue - grey) * draw.saturation + grey
    }
  }
}
