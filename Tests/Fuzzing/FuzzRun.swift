import Foundation
import Synchronization

/// Hands a decoder one input after the other.
package struct FuzzRun: Sendable {
  /// What came of it.
  package struct Outcome: Sendable, Equatable {
    /// Inputs that the decoder took.
    package var accepted = 0
    /// Inputs that it refused with an error.
    package var refused = 0
    /// Seconds that the slowest of them took.
    package var slowest = 0.0
  }

  let decoder: Decoder
  let seed: UInt64

  package init(decoder: Decoder, seed: UInt64) { (self.decoder, self.seed) = (decoder, seed) }

  /// Reads the inputs of these numbers.
  /// - Throws: `RoundTripError` naming the input that came back as another; what the decoder throws is its good right.
  package func run(_ numbers: Range<Int>) throws -> Outcome {
    let mutator = Mutator(seeds: decoder.seeds, seed: seed)
    var outcome = Outcome()
    for number in numbers {
      CrashReport.input.store(number, ordering: .relaxed)
      let start = ContinuousClock.now
      defer { outcome.slowest = max(outcome.slowest, (ContinuousClock.now - start) / .seconds(1)) }
      do {
        try decoder.read(mutator.input(number))
        outcome.accepted += 1
      } catch let error as RoundTripError {
        throw RoundTripError(description: "\(decoder.name), seed \(seed), input \(number): \(error)")
      } catch {
        outcome.refused += 1
      }
    }
    return outcome
  }
}

/// Says which input a crash belongs to; the decoder's name stands before it on the line.
enum CrashReport {
  static let input = Atomic<Int>(0)

  /// From now on.
  static func begin() {
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
      signal(number) { number in
        // Only what a signal handler may do: no allocation, no lock.
        CrashReport.write("\ncrashed at input ")
        CrashReport.write(CrashReport.input.load(ordering: .relaxed))
        CrashReport.write("\n")
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  private static func write(_ text: StaticString) {
    text.withUTF8Buffer { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private static func write(_ number: Int) {
    var divisor = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      var digit = UInt8(ascii: "0") + UInt8(number / divisor % 10)
      _ = Glibc.write(STDERR_FILENO, &digit, 1)
      divisor /= 10
    }
  }
}
