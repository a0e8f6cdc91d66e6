import ArgumentParser
import SmallModel

/// What an inference of texts is measured on.
struct TextInferenceOptions: ParsableArguments {
  @Option(name: .long, help: "The model.")
  var model: String

  @Option(name: .long, help: "What 'tokenize' wrote.")
  var tokens: String

  @Option(name: .long, help: "float32 or float16.")
  var precision: String

  /// How numbers are kept.
  var kept: PredictorOptions.Precision { precision == "float16" ? .float16 : .float32 }
}
