import ChatCompletions
import Datasets
import Encoders
import Foundation
import LargeModel

/// Makes a task's large model from its settings.
public struct LargeModelFactory: Sendable {
  private let models: ModelsFolder
  private let environment: [String: String]

  /// A factory whose encoders are in `models`.
  /// - Parameter environment: holds servers' API keys.
  public init(models: ModelsFolder, environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.models = models
    self.environment = environment
  }

  /// The encoder that the settings name.
  public func encoder(_ settings: LargeModelSettings) throws -> SentenceEncoder {
    try SentenceEncoder(
      contentsOf: models.encoder(settings.encoder),
      settings: EncoderSettings(threads: settings.threads, maximumTokens: settings.maximumTokens))
  }

  /// The large model of a task.
  /// - Parameters:
  ///   - labels: in the order of the classes.
  ///   - head: for the linear head's kind, where it is at hand already; else the settings name its file.
  ///   - recording: for the recorded kind, rows with what the model answered; without any the settings name their file.
  public func make(
    _ task: TaskDefinition, labels: [String], head: LinearHead? = nil, recording: [DataRow]? = nil
  ) async throws -> any LargeModel {
    let settings = task.largeModel
    switch settings.kind {
    case .zeroShot:
      let prompts = LabelPrompts(templates: settings.templates, descriptions: task.descriptions)
      return try await ZeroShotClassifier(
        encoder: encoder(settings), labels: labels, prompts: prompts, temperature: settings.temperature)
    case .linearHead:
      return try HeadClassifier(encoder: encoder(settings), head: head ?? fittedHead(task), labels: labels)
    case .recorded:
      let lines = try (recording ?? recordedRows(task)).map {
        RecordedAnswers.Line(id: $0.id, text: $0.text, answer: $0.recordedAnswer)
      }
      return try RecordedAnswers(lines, name: task.name, labels: labels, accuracy: settings.accuracy)
    case .chatCompletions:
      do {
        return try ChatCompletionsClient(settings.server.settings(environment: environment), labels: labels)
      } catch {
        throw TaskError("task \(task.name): large_model.chat_completions: \(error)")
      }
    }
  }

  private func recordedRows(_ task: TaskDefinition) throws -> [DataRow] {
    guard let file = task.largeModel.file else {
      throw TaskError("task \(task.name): large_model.file must name the file with the recorded answers")
    }
    var rules = ReadingRules()
    rules.fields.required = [rules.fields.recordedAnswer]
    return try DataFile(URL(fileURLWithPath: file), rules: rules).rows()
  }

  private func fittedHead(_ task: TaskDefinition) throws -> LinearHead {
    guard let file = task.largeModel.head else {
      throw TaskError(
        "task \(task.name): large_model.head must name the fitted head's file; 'shunt train' makes it")
    }
    return try LinearHead(contentsOf: URL(fileURLWithPath: file))
  }
}
