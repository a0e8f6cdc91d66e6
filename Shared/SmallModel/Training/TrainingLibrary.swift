import Torch

/// What all training runs on.
public enum TrainingLibrary {
  /// Loads it, so that a worker that lacks it says so at its start.
  /// - Throws: `TorchError` with the remedy.
  public static func load() throws { try loadLibtorch() }
}
