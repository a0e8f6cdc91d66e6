import ModelStore
import Testing

@Suite struct RoundRequestTests {
  @Test(arguments: [
    ("0 toy", 0, "toy"), ("17 debian sections", 17, "debian sections"), ("3 ", 3, ""), ("4  two", 4, " two"),
  ]) func aPayloadNamesTheLastRoundAndTheTask(payload: String, last: Int, task: String) {
    #expect(RoundRequest(payload: payload) == RoundRequest(task: task, lastRound: last))
  }

  @Test(arguments: ["", "toy", "x toy", "99999999999999999999 toy"]) func otherTextsAreNoRequests(payload: String) {
    #expect(RoundRequest(payload: payload) == nil)
  }
}
