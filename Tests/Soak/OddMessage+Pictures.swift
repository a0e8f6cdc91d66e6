import Foundation
import Images

/// Odd messages for a task that reads pictures.
extension OddMessage {
  /// All of them.
  static let pictures: [OddMessage] = [
    picture("a picture's beginning", ["image"], #"{"data":"iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2j"}"#),
    picture("a picture that is a text", ["image"], #"{"data":"aGVsbG8="}"#),
    picture("a picture of no bytes", ["image"], #"{"data":""}"#),
    picture("no base64", ["image"], #"{"data":"%%%%"}"#),
    picture("base64 and an address", ["image"], #"{"data":"aGVsbG8=","url":"https://example.org/a.png"}"#),
    picture("an address that is not allowed", ["image.url"], #"{"url":"https://example.org/a.png"}"#),
    picture("a file that is not allowed", ["image.url"], #"{"url":"file:///etc/passwd"}"#),
    picture("an image that is a list", ["image"], "[1]"),
    OddMessage("a text without a picture", .rejected(["image"])) {
      .text(#"{"id":"\#($0)","task":"\#(SoakTask.name)","text":"billing please"}"#)
    },
    OddMessage("neither text nor picture", .rejected(["image"])) {
      Record(value: Array(#"{"id":"\#($0)","task":"\#(SoakTask.name)"}"#.utf8), headers: ["shunt-format": "2"])
    },
  ]

  private static func picture(_ name: String, _ words: [String], _ image: String) -> OddMessage {
    OddMessage(name, .rejected(words)) {
      Record(
        value: Array(#"{"id":"\#($0)","task":"\#(SoakTask.name)","image":\#(image)}"#.utf8),
        headers: ["shunt-format": "2"])
    }
  }
}
