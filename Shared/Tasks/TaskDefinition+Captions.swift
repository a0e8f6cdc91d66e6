import Classification
import LargeModel
import Settings

extension TaskDefinition {
  /// Refuses settings that choose among labels, where captions are answered: each with what to do.
  func refuseWhatIsOfLabels(_ reader: SettingsReader) {
    for (section, keys) in Self.keysOfLabels {
      let section = reader.section(section)
      for (key, reason) in keys where section.names(key) { section.refuse(key, because: reason) }
    }
    for name in ["intermediate_model", "learnable_model"] where reader.names(name) {
      reader.refuse(
        name,
        because:
          "captions have a small model and its copy that learns, and no other between them and the large one; leave it out"
      )
    }
    refusePruning(reader.section("pruning"))
  }

  private static let leaveOut = "the task answers with captions, which are chosen among no labels; leave it out"

  /// By section.
  private static let keysOfLabels: [(section: String, keys: [(key: String, reason: String)])] = [
    ("task", [("labels", leaveOut), ("descriptions", leaveOut)]),
    (
      "large_model",
      [
        ("none_of_these", leaveOut),
        ("accuracy", "a recorded caption has no accuracy that could stand for its confidence; leave it out"),
      ]
    ),
    ("pruning", ["weight", "recall", "precision", "improbable", "keeps_at_least"].map { ($0, leaveOut) }),
  ]

  private func refusePruning(_ section: SettingsReader) {
    if pruning.chosenMode != .soft, pruning.chosenMode != PruningMode.none {
      section.refuse(
        "mode",
        because:
          "a caption has no candidates to prune: set none, or soft, which shows the small model's caption in the prompt"
      )
    } else if pruning.mode == .soft, !largeModel.traits.readsProbabilities {
      section.refuse("mode", because: "\(largeModel.kind.rawValue) reads no prompt that could show a caption; set none")
    }
    if section.names("form"), pruning.form == .product {
      section.refuse("form", because: "captions have no product; set text, or leave it out")
    }
  }
}
