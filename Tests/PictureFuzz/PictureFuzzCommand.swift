import ArgumentParser
import Fuzzing

/// `shunt-fuzz-pictures`; `scripts/fuzz pictures` builds and starts it. It needs little of the package, so that it is
/// soon built with a sanitizer.
@main
struct PictureFuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz pictures", abstract: "Hands the picture decoder files that are nearly right.",
    discussion: """
      Beside the seconds stand the slowest input's milliseconds, and the memory that came on after the first thousand.

        scripts/fuzz pictures --inputs 100000
        scripts/fuzz pictures --decoder JPEG --from 4711 --inputs 1
      """)

  @OptionGroup var options: FuzzOptions

  func run() throws { try options.run(Decoder.pictures) }
}
