import ArgumentParser
import Fuzzing

/// `shunt-fuzz`; `scripts/fuzz` builds and starts it.
@main
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz",
    abstract: "Hands every decoder inputs that are nearly right, and measures how their work grows.",
    discussion: """
      The inputs are seeded: a crash names its decoder and the input's number, and --from with --inputs 1 repeats it.

        scripts/fuzz                         1,000,000 inputs a decoder
        scripts/fuzz --decoder CSV --from 4711 --inputs 1
        scripts/fuzz --growth                processor time of inputs that double
        scripts/fuzz pictures                pictures alone, with every access to memory checked
      """)

  @OptionGroup var options: FuzzOptions

  func run() throws { try options.run(Decoder.all) }
}
