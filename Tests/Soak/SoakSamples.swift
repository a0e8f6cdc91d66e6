import Content
import PracticeServer
import SmallModel

/// What a soak's samples are. `SoakTask.label` says which label is right for a sample's number; the large model reads that
/// number from the sample, a small model only what easy samples show.
protocol SoakSamples: Sendable {
  /// What the task's models read.
  var reads: Input.Kind { get }
  /// What stands behind the practice server.
  var model: PracticeServer.Model { get }
  /// Odd messages for such a task.
  var oddMessages: [OddMessage] { get }

  /// A good sample's input; what it refers to is there once this returns.
  func makeInput(_ number: Int) throws -> Input
  /// A small model that answers easy samples.
  func artifact() async throws -> SmallModelArtifact
}
