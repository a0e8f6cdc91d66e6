import Kafka
import Testing

@testable import Router

@Suite struct TransactionAttemptsTests {
  typealias Remedy = TransactionAttempts.Remedy

  @Test(arguments: [
    (KafkaError(code: "_TIMED_OUT", message: "", isRetriable: true), Remedy.newTransaction),
    (KafkaError(code: "_MSG_TIMED_OUT", message: "", isRetriable: true), .newTransaction),
    (KafkaError(code: "_TRANSPORT", message: "", requiresAbort: true), .newTransaction),
    (KafkaError(code: "_PURGE_QUEUE", message: ""), .newTransaction),
    (KafkaError(code: "INVALID_PRODUCER_EPOCH", message: ""), .newTransaction),
    (KafkaError(code: "ILLEGAL_GENERATION", message: "", requiresAbort: true), .newTransaction),
    (KafkaError.assignmentLost, .leave),
    (KafkaError(code: "_FENCED", message: "", isFatal: true), .newProducer),
    (KafkaError(code: "TOPIC_AUTHORIZATION_FAILED", message: ""), Remedy.none),
    // Without the record that is too large.
    (KafkaError(code: "MSG_SIZE_TOO_LARGE", message: ""), .newTransaction),
  ])
  func eachErrorHasItsRemedy(error: KafkaError, remedy: Remedy) {
    var attempts = TransactionAttempts()
    #expect(attempts.remedy(for: error) == remedy)
  }

  /// A broker may stay away for long; another process of the same name, and a group without rest, may not go on for ever.
  @Test func onlyWhatWaitingDoesNotMendIsGivenUp() {
    var attempts = TransactionAttempts()
    for _ in 0..<1000 {
      #expect(attempts.remedy(for: KafkaError(code: "_TIMED_OUT", message: "", isRetriable: true)) == .newTransaction)
    }
    let fenced = KafkaError(code: "_FENCED", message: "", isFatal: true)
    for _ in 0..<TransactionAttempts.mostFences { #expect(attempts.remedy(for: fenced) == .newProducer) }
    #expect(attempts.remedy(for: fenced) == Remedy.none)
    let former = KafkaError(code: "UNKNOWN_MEMBER_ID", message: "", requiresAbort: true)
    for _ in 1..<TransactionAttempts.mostFormerGenerations {
      #expect(attempts.remedy(for: former) == .newTransaction)
    }
    #expect(attempts.remedy(for: former) == Remedy.none)
  }
}
