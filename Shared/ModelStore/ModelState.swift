/// Where a version stands, and where it may go.
///
/// ```
/// candidate ──► shadow ──► active ──► retired
///     │  └─────────┼──────► ▲ ▲          │
///     └────────────┴► rejected ┴─────────┘
/// ```
/// A rejected version may be promoted by hand, a retired one comes back by rollback.
public enum ModelState: String, Sendable, CaseIterable, Codable {
  /// Trained and stored; answers nothing.
  case candidate
  /// Answers beside the active one, unpublished.
  case shadow
  /// Answers. At most one a task and role.
  case active
  /// Was active.
  case retired
  /// The gate or a person said no; `reasons` says why.
  case rejected

  /// Whether a version may go from this state to another.
  public func allows(_ next: ModelState) -> Bool {
    switch (self, next) {
    case (.candidate, .shadow), (.candidate, .active), (.candidate, .rejected): true
    case (.shadow, .active), (.shadow, .rejected), (.shadow, .candidate): true
    case (.active, .retired): true
    case (.retired, .active), (.retired, .shadow): true
    case (.rejected, .active), (.rejected, .shadow): true
    default: false
    }
  }
}
