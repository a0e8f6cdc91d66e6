import Foundation

/// How the samples are kept that a command is given by name.
enum RowsSource {
  /// Pictures of a folder.
  case folder(URL)
  /// CIFAR-100's binary file.
  case archive(URL)
  /// Rows of a file, or of standard input.
  case file

  /// - Parameter name: a path, or `-` for standard input.
  init(named name: String) {
    let url = URL(fileURLWithPath: name)
    switch (name, url.hasDirectoryPath, url.pathExtension.lowercased()) {
    case ("-", _, _): self = .file
    case (_, true, _): self = .folder(url)
    case (_, _, "bin"): self = .archive(url)
    default: self = .file
    }
  }
}
