import Foundation

/// A report of whichever kind, as its file has it.
public enum StoredReport: Sendable {
  /// Of an experiment whose replies are labels.
  case labels(ExperimentReport)
  /// Of one whose replies are captions.
  case captions(CaptionReport)

  private struct Kind: Decodable { let reply: CaptionReport.Reply? }

  /// Reads a report as `ExperimentReport` or `CaptionReport` writes it.
  public init(contentsOf url: URL) throws {
    let (data, decoder) = (try Data(contentsOf: url), JSONDecoder())
    self =
      switch try decoder.decode(Kind.self, from: data).reply {
      case .caption: .captions(try decoder.decode(CaptionReport.self, from: data))
      case nil: .labels(try decoder.decode(ExperimentReport.self, from: data))
      }
  }
}
