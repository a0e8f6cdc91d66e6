import Classification
import Content
import Hummingbird
import JSON
import LargeModel
import Logging
import NIOCore
import ServiceLifecycle

/// A local large model behind the chat-completions interface: it classifies, or captions, and does nothing else.
///
/// A question is read as this project's client writes it: the text between its fences, and the candidates as lettered
/// lines or as a schema's enum. Without fences the whole message is the text, without candidates all of the task's
/// labels are. Questions that come one by one are asked of the model together.
public struct LargeModelServer: Service {
  /// Where it listens.
  public struct Settings: Sendable, Equatable {
    /// The address; a public one has to be named on purpose, for nobody is asked for a key.
    public var host: String
    /// The port; 0 for any that is free.
    public var port: Int
    /// The longest request, in bytes: long enough for what the model reads.
    public var maximumRequestBytes: Int
    /// What the model reads.
    public var reads: Set<Input.Kind>

    /// An address.
    public init(host: String = "127.0.0.1", port: Int = 8000, reads: Set<Input.Kind> = [.text]) {
      self.host = host
      self.port = port
      self.reads = reads
      // A picture of 20 MiB in base64 fits.
      maximumRequestBytes = reads.contains(.image) ? 32 << 20 : 1 << 20
    }
  }

  private let settings: Settings
  private let reply: Reply.Kind
  private let labels: LabelIndex
  private let model: MicroBatches
  private let onListening: @Sendable (Int) async -> Void
  private let logger: Logger

  /// A server for a task.
  /// - Parameters:
  ///   - reply: what the task answers with.
  ///   - labels: the task's; none where it answers with captions.
  ///   - onListening: called once with the port in use.
  public init(
    _ settings: Settings, reply: Reply.Kind = .label, labels: [String], model: any LargeModel,
    batches: MicroBatches.Settings = .init(),
    logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.settings = settings
    self.reply = reply
    self.labels = LabelIndex(labels)
    self.model = MicroBatches(model, settings: batches)
    self.logger = logger
    self.onListening = onListening
  }

  /// Answers until a graceful shutdown.
  public func run() async throws {
    let router = Router()
    router.post("v1/chat/completions") { request, _ in try await respond(to: request) }
    router.get("v1/models") { _, _ in models }
    let (listening, port) = (onListening, settings.port)
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
      onServerRunning: { await listening($0.localAddress?.port ?? port) }, logger: logger)
    try await application.run()
  }

  private func respond(to request: Request) async throws -> Response {
    let question: ChatQuestion
    let asked: LargeModelRequest
    do {
      let buffer = try await request.body.collect(upTo: settings.maximumRequestBytes)
      question = try ChatQuestion(Array(buffer.readableBytesView))
      asked = LargeModelRequest(
        input: try input(of: question), candidates: reply == .label ? try candidates(of: question) : [])
    } catch {
      return failure(.badRequest, "\(error)")
    }
    switch try await model.answer([asked])[0] {
    case .success(let answer):
      return json(said(answer, asked.candidates).body(for: question, promptTokens: answer.promptTokens).bytes)
    case .failure(let error):
      return failure(.internalServerError, error.description)
    }
  }

  private func input(of question: ChatQuestion) throws(JSONError) -> Input {
    guard question.images.isEmpty || settings.reads.contains(.image) else {
      throw JSONError("this model does not support image input; it reads text")
    }
    guard question.images.count <= 1 else { throw JSONError("\(question.images.count) images; one is looked at") }
    guard settings.reads.contains(.text) || !question.images.isEmpty else {
      throw JSONError("there is no image_url part; this model reads an image")
    }
    if case .url? = question.images.first { throw JSONError("images are not fetched: send a data URL in base64") }
    let text = question.text.isEmpty ? question.user : question.text
    return Input(text: settings.reads.contains(.text) ? text : nil, image: question.images.first)
  }

  private func said(_ answer: LargeModelAnswer, _ candidates: [Int]) -> ChatAnswer {
    if case .caption(let caption, let confidence) = answer.choice {
      return .caption(caption, confidence: confidence.map(Double.init))
    }
    guard let known = answer.probabilities else { return .unsure(answer.reply(labels: labels.names).text) }
    return .distribution(
      Dictionary(candidates.map { (labels.names[$0], Double(known[$0])) }, uniquingKeysWith: max))
  }

  private func candidates(of question: ChatQuestion) throws(JSONError) -> [Int] {
    guard !question.candidates.isEmpty else { return Array(labels.names.indices) }
    var candidates: [Int] = []
    for label in question.candidates {
      guard let index = labels[label] else {
        throw JSONError("candidate \"\(label)\" is none of this model's \(labels.names.count) labels")
      }
      guard !candidates.contains(index) else { throw JSONError("candidate \"\(label)\" is named twice") }
      candidates.append(index)
    }
    return candidates
  }

  /// The one model that there is.
  private var models: Response {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("object")
    writer.string("list")
    writer.key("data")
    writer.beginArray()
    writer.beginObject()
    writer.key("id")
    writer.string(model.version)
    writer.key("object")
    writer.string("model")
    writer.endObject()
    writer.endArray()
    writer.endObject()
    return json(writer.bytes)
  }

  private func failure(_ status: HTTPResponse.Status, _ message: String) -> Response {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("error")
    writer.beginObject()
    writer.key("message")
    writer.string(message)
    writer.key("type")
    writer.string(status == .internalServerError ? "server_error" : "invalid_request_error")
    writer.endObject()
    writer.endObject()
    return json(writer.bytes, status)
  }

  private func json(_ bytes: [UInt8], _ status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
