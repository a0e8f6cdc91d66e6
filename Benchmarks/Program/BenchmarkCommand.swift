import ArgumentParser

/// The Swift half of the benchmarks; `Benchmarks/run` starts it.
@main
struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shunt-benchmark", abstract: "What Benchmarks/run measures of ours.",
    subcommands: [
      ModelCommand.self, TokenizeCommand.self, InferCommand.self, BrokerCommand.self, PreloadCommand.self,
      RouteCommand.self, WatchCommand.self, CostsCommand.self, RecorderBenchmark.self, TrainCommand.self,
      EncodeCommand.self, PictureModelCommand.self, InferPicturesCommand.self, FeaturesCommand.self,
      ParityCommand.self, InferLSTMCommand.self, CaptionerCommand.self, InferCaptionsCommand.self,
    ])
}
