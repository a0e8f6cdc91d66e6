import Foundation

/// Python's command line, for what it brings along: pip, zipfile, hashlib. Blocks; runs on a dedicated thread only.
enum PythonTool {
  /// Runs `python3` with `arguments` and returns its standard output.
  @discardableResult
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw EncoderError("python3 cannot be started: \(error.localizedDescription). \(remedy)")
    }
    // Both are short (pip runs quietly), so reading one after the other cannot fill the other's pipe.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw EncoderError(explained(complaint, arguments: arguments))
    }
    return text
  }

  /// A file's SHA-256 in hexadecimal.
  static func sha256(of file: URL) throws -> String {
    let program = """
      from hashlib import sha256
      from sys import argv
      digest = sha256()
      with open(argv[1], "rb") as file:
          while chunk := file.read(1 << 20): digest.update(chunk)
      print(digest.hexdigest())
      """
    return try run(["-c", program, file.path]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static let remedy = "Install it: apt-get install python3 python3-pip"

  private static func explained(_ complaint: String, arguments: [String]) -> String {
    let said = complaint.trimmingCharacters(in: .whitespacesAndNewlines)
    if said.contains("No module named pip") { return "pip is missing. Install it: apt-get install python3-pip" }
    if said.contains("python3: No such file") || said.contains("python3’: No such file") {
      return "python3 is missing. \(remedy)"
    }
    return "python3 \(arguments.joined(separator: " ")) failed: \(said.suffix(2000))"
  }
}
