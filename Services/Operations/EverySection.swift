import Distiller
import LargeModelWorker
import Recorder
import Router
import Settings
import Tasks
import WorkerRuntime

/// The whole settings file, read as each worker reads its own section, so that nothing is fine here and refused there.
public struct EverySection: Sendable {
  /// What all workers share.
  public let deployment: DeploymentSettings
  /// `nil` where nothing names one; one that is named must be complete.
  public let distiller: DistillerSettings?

  /// Reads all sections.
  public init(_ reader: SettingsReader) {
    deployment = DeploymentSettings(reader)
    _ = RouterSettings(reader.section("router"))
    _ = LargeModelWorkerSettings(reader.section("large_model_worker"))
    _ = RecorderSettings(reader.section("recorder"))
    let section = reader.section("distiller")
    distiller = section.isMentioned ? DistillerSettings(section) : nil
    _ = RuntimeSettings(reader)
  }

  /// What the settings file may hold.
  public static let reference = SettingsReference { _ = EverySection($0) }

  /// The page `docs/settings.md`.
  public static var page: String {
    """
    # Settings
    Written by `shunt settings --markdown` from the declarations in the code, which check the values, too; a test says when
    it is stale. A wrong or unknown key is refused at the start, with what is allowed.

    ## The settings file
    One JSON object with an object a section; `--settings FILE` or `SHUNT_SETTINGS` names it. A variable stands over it:
    `SHUNT_ROUTER_BATCH_SIZE` over `router.batch_size`; an empty one counts as not set. Times are texts with their unit,
    `"500ms"`. `shunt settings` shows what is in force, and from where.

    \(reference.markdown)

    ## `task.json`
    Each task has a folder with this file; variables do not stand over it.

    \(TaskDefinition.reference.markdown)
    """
  }
}
