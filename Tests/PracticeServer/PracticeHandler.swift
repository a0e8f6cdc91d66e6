import HTTPTypes
import Hummingbird
import LargeModelServer
import NIOCore

/// Answers a request as the settings' faults have it.
struct PracticeHandler: Sendable {
  let settings: PracticeServer.Settings
  let model: PracticeServer.Model
  let ledger: ServerLedger

  /// Half an answer is all that was to be sent.
  private struct CutOff: Error {}

  func respond(to request: Request) async throws -> Response {
    let buffer = try await request.body.collect(upTo: 32 << 20)
    let question: ChatQuestion
    do {
      question = try ChatQuestion(Array(buffer.readableBytesView))
    } catch {
      return failure(400, message: "\(error)")
    }
    let authorization = request.headers[.authorization]
    let (number, fault) = ledger.arrive(
      tokens: question.tokens, plan: settings.faults, poison: settings.poison(question), authorization: authorization)
    do {
      if let key = settings.key, authorization != "Bearer \(key)" {
        return depart(failure(401, message: "Incorrect API key provided: \(authorization ?? "none")"))
      }
      try await settings.delay(number)
      return try await respond(question, number: number, fault: fault)
    } catch {
      ledger.depart()
      throw error
    }
  }

  private func respond(_ question: ChatQuestion, number: Int, fault: Fault?) async throws -> Response {
    switch fault {
    case .rateLimit(let retryAfter):
      let response = failure(429, message: "Rate limit reached for requests", code: "rate_limit_exceeded")
      return depart(response, retryAfter: retryAfter)
    case .status(let status, let code): return depart(failure(status, message: "fault to order", code: code))
    case .slow(let duration): try await Task.sleep(for: duration)
    case .wrongLabel: return depart(answer(.verbatim("the quick brown fox"), question, number))
    case .refusal: return depart(answer(.refusal("I'm sorry, I can't help with that."), question, number))
    case .huge(let count): return depart(whole([UInt8](repeating: UInt8(ascii: " "), count: count)))
    case .bomb(let count):
      return depart(Self.response(RawReply(GzipStored.bomb(count), headers: ["content-encoding": "gzip"])))
    case .odd(let reply):
      return depart(Self.response(reply.make(SaidAnswer(await model(question), to: question))))
    case .stalled, .cutOff, .brokenJSON, nil: break
    }
    let bytes = await body(model(question), question, number)
    ledger.depart()
    switch fault {
    case .stalled: return half(bytes) { try await Self.untilCancelled() }
    case .cutOff: return half(bytes) { throw CutOff() }
    case .brokenJSON: return whole(Array(bytes.prefix(bytes.count / 2)))
    default: return whole(bytes)
    }
  }

  private func body(_ answer: ChatAnswer, _ question: ChatQuestion, _ number: Int) -> [UInt8] {
    let (bytes, tokens) = answer.body(for: question)
    ledger.answered(number, tokens: tokens - question.tokens)
    return bytes
  }

  private func answer(_ answer: ChatAnswer, _ question: ChatQuestion, _ number: Int) -> Response {
    whole(body(answer, question, number))
  }

  private func depart(_ response: Response, retryAfter: String? = nil) -> Response {
    ledger.depart()
    var response = response
    if let retryAfter { response.headers[.retryAfter] = retryAfter }
    return response
  }

  private func whole(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static func response(_ reply: RawReply) -> Response {
    var headers = HTTPFields()
    for (name, value) in reply.headers {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    return Response(
      status: HTTPResponse.Status(code: reply.status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
  }

  private func half(_ bytes: [UInt8], then end: @escaping @Sendable () async throws -> Void) -> Response {
    let body = ResponseBody(contentLength: bytes.count) { writer in
      try await writer.write(ByteBuffer(bytes: bytes.prefix(bytes.count / 2)))
      try await end()
    }
    return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
  }

  private func failure(_ status: Int, message: String, code: String? = nil) -> Response {
    let code = code.map { "\"\($0)\"" } ?? "null"
    let message = message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return whole(
      Array("{\"error\": {\"message\": \"\(message)\", \"type\": \"practice\", \"code\": \(code)}}".utf8),
      status: HTTPResponse.Status(code: status))
  }

  /// Until the server stops.
  private static func untilCancelled() async throws {
    let (never, source) = AsyncStream<Never>.makeStream()
    for await _ in never {}
    withExtendedLifetime(source) {}
    try Task.checkCancellation()
  }
}
