import Cascade
import Foundation

/// What a task has one active version of.
public struct ModelSlot: Sendable, Hashable {
  /// The task's name.
  public let task: String
  /// Which of its models; of the large one it is the linear head.
  public let role: AnsweredBy

  /// A task's place for one model.
  public init(task: String, role: AnsweredBy) {
    self.task = task
    self.role = role
  }
}

/// What is known of a version before it is stored.
public struct ModelDescription: Sendable, Equatable {
  /// The task's name.
  public var task: String
  /// Which of its models.
  public var role: AnsweredBy
  /// The version's name, unique in its task and role; stands on every result it answers.
  public var version: String
  /// What it was trained from, by name.
  public var parent: String?
  /// How many samples of each source it was trained on.
  public var dataCounts: [String: Int]
  /// The seed of its training.
  public var seed: Int?
  /// Flat names, such as `cascade.accuracy` or `regions.tail.accuracy`; finite numbers.
  public var metrics: [String: Double]
  /// Confidences that hold in the cascade, by name; 0 to 1.
  public var thresholds: [String: Double]

  /// A description from plain fields.
  public init(
    task: String, role: AnsweredBy, version: String, parent: String? = nil, dataCounts: [String: Int] = [:],
    seed: Int? = nil, metrics: [String: Double] = [:], thresholds: [String: Double] = [:]
  ) {
    self.task = task
    self.role = role
    self.version = version
    self.parent = parent
    self.dataCounts = dataCounts
    self.seed = seed
    self.metrics = metrics
    self.thresholds = thresholds
  }
}

/// A stored version, without its artifact.
public struct ModelVersion: Sendable, Equatable, Identifiable {
  /// The store's number for it.
  public let id: Int
  /// What was registered.
  public let description: ModelDescription
  /// Bytes of the artifact.
  public let size: Int
  /// SHA-256 of the artifact, in hexadecimal.
  public let hash: String
  /// Where it stands.
  public let state: ModelState
  /// Why it was rejected, promoted or retired last.
  public let reasons: String?
  /// The round of distillation that made it; `nil` for one that came otherwise.
  public let round: Int?
  /// When it was registered.
  public let createdAt: Date

  /// What it is a version of.
  public var slot: ModelSlot { ModelSlot(task: description.task, role: description.role) }
}

/// One step in a version's life.
public struct ModelEvent: Sendable, Equatable {
  /// What happened.
  public enum Kind: String, Sendable {
    case registered, shadowed, promoted, rolledBack = "rolled back", retired, rejected, reconsidered
  }

  /// The version's number.
  public let model: Int
  /// What happened.
  public let kind: Kind
  /// Where it stood before; `nil` when it was registered.
  public let from: ModelState?
  /// Where it stands since.
  public let to: ModelState
  /// The version that this one took the place of.
  public let replaced: Int?
  /// The round of distillation that ended with this step; `nil` for any other step.
  public let round: Int?
  /// A worker's or a person's name.
  public let who: String
  /// In words and numbers.
  public let why: String
  /// When.
  public let at: Date
}
