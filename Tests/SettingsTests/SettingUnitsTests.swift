import Testing

@testable import Settings

@Suite struct SettingUnitsTests {
  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("5s", .seconds(5)), ("1.5 s", .milliseconds(1500)), ("2m", .seconds(120)),
    ("1h", .seconds(3600)), ("2d", .seconds(172_800)), ("7us", .microseconds(7)), ("0s", .zero),
    ("999999999h", .seconds(3600 * 999_999_999)),
  ])
  func durations(text: String, duration: Duration) {
    #expect(Duration(settingText: text) == duration)
    #expect(Duration(settingText: duration.settingText) == duration)
  }

  @Test(arguments: [
    "", "5", "s", "-1s", "5 sec", "1..5s", "1e9s", "99999999999d", "999999999d", "106751992d", ".s", "٣s", "5s5s",
  ])
  func whatIsNoDuration(text: String) { #expect(Duration(settingText: text) == nil) }

  @Test(arguments: [
    ("64MiB", 64 << 20), ("1GB", 1_000_000_000), ("4096", 4096), ("10 kB", 10_000), ("1kib", 1024), ("0", 0),
    ("3B", 3),
  ])
  func sizes(text: String, bytes: Int) {
    #expect(ByteSize.bytes(text) == bytes)
    #expect(ByteSize.bytes(ByteSize.text(bytes)) == bytes)
  }

  @Test(arguments: ["", "MiB", "1.5MB", "-1", "9223372036854775807KiB", "99999999999999999999", "1MiBs"])
  func whatIsNoSize(text: String) { #expect(ByteSize.bytes(text) == nil) }

  @Test(arguments: [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("batch_sise", "batch_size", 1)])
  func editDistances(first: String, second: String, distance: Int) {
    #expect(editDistance(first, second) == distance)
    #expect(editDistance(second, first) == distance)
  }
}
