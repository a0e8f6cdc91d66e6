import Testing

@testable import ChatCompletions

@Suite("Written answers")
struct WrittenAnswerTests {
  static let labels = ["billing", "shipping", "returns", "Order status", "credit_limit", "C++", "I.D. check"]
  private static let lettered = WrittenAnswer(labels, hasLetters: true)
  private static let plain = WrittenAnswer(labels, hasLetters: false)

  /// All of these are shipping, or B.
  @Test(
    "Named by letter, where there are letters",
    arguments: [
      "B", "b", " B\n", "B.", "B)", "(B)", "[B]", "{B}", "\"B\"", "'B'", "`B`", "**B**", "__B__", "*B*", "# B", "- B",
      "> B", "\u{FEFF}B", "Ｂ", "Ｂ．", "（Ｂ）", "“B”", "„B“", "▁B", "ĠB", "$B$", "<B>",
      "B. shipping", "B) shipping", "(B) shipping", "B: shipping", "B - shipping", "B – shipping", "B shipping",
      "b) Shipping.", "**B. shipping**", "**B.** shipping", "`B` shipping", "B.\nshipping",
      #"\boxed{B}"#, #"$\boxed{B}$"#, #"\boxed{\text{B}}"#, #"\boxed{\textbf{(B)}}"#, #"\boxed {B. shipping}"#,
      #"The answer is $\boxed{\mathrm{B}}$."#, #"So \boxed{B}, that is \boxed{\text{shipping}}"#,
      "Answer: B", "answer: b", "ANSWER: B.", "**Answer:** B", "**Answer: B**", "Answer - B", "Answer = B", "Answer B",
      "The answer is B.", "The answer is: B", "The correct answer is (B).", "The answer is **B**.", "The answer is B!",
      "The answer is option B.", "The best answer would be B", "My answer: option B", "Final answer: B",
      "The answer is B, not A.", "The answer is B because the parcel is late.", "The answer is B. shipping",
      "Option B", "option (B)", "Choice: B", "Letter: B", "Category: B", "Answer:\nB", "### Answer\n\nB",
      "B\n\nThe customer asks where the parcel is.", "B. The customer asks where a parcel is.",
      "A customer asks about a parcel.\n\nAnswer: B", "A. billing\nB. shipping\n\nAnswer: B",
      "Let me think. Could it be A? No.\nB", "<answer>B</answer>", #"{"answer": "B"}"#, #"{"label": "B"}"#,
      #"{"label": "B. shipping"}"#, "Option A is about money; the answer is B.",
    ])
  func letters(text: String) {
    #expect(Self.lettered.candidate(of: text) == 1)
    // Nothing in it is a letter of a candidate where none was given.
    #expect([nil, 1].contains(Self.plain.candidate(of: text)))
  }

  @Test(
    "Named by label, whether there are letters or not",
    arguments: [
      "shipping", "Shipping", "SHIPPING", " shipping \n", "shipping.", "\"shipping\"", "'shipping'", "`shipping`",
      "**shipping**", "ｓｈｉｐｐｉｎｇ", "「shipping」", "shipping。", "label: shipping", "Label: \"shipping\"",
      "label = shipping", "The label is shipping.", "Category: shipping", "The answer is shipping.", "Answer: shipping",
      "classification: Shipping", "- shipping", "1. shipping", #"\boxed{\text{shipping}}"#, #"\boxed{shipping}"#,
      #"{"label": "shipping"}"#, #"{"label":"Shipping"}"#, #"{"Label": "shipping"}"#, #"{"category": "shipping"}"#,
      #"{'label': 'shipping'}"#, "{\n  \"label\" :\n \"shipping\"\n}", #"{"label": "ship\u0070ing"}"#,
      "```json\n{\"label\": \"shipping\"}\n```", "```\n{\"label\": \"shipping\"}\n```", "```\nshipping\n```",
      #"Sure! Here you are: {"label": "shipping"} I hope it helps."#,
      #"{"answer": {"label": "shipping", "why": "It names {a parcel}"}}"#, #"[{"label": "shipping"}]"#,
      #"{"reason": "\"billing\" is not it: {", "label": "shipping"}"#, #"{"label": "shipping", "reason": "cut sho"#,
      #""{\"label\": \"shipping\"}""#, #"{"label": "shipping"}{"label": "shipping"}"#,
      #"{"label": ["shipping"]}"#, #"{"label": null, "category": "shipping"}"#,
      #"{"label": "shipping", "reason": "billing"}"#,
      #"Not {"label": "other"}, but {"label": "shipping"}"#,
      "<think>Could be billing.</think>\n\nshipping",
      "<think>\n{\"label\": \"billing\"}\n</think>{\"label\":\"shipping\"}",
      "It names billing.</think>shipping", "<THINK>billing</THINK> shipping", "<thinking>A</thinking>shipping",
      "<reasoning>A or B?</reasoning>\nshipping", "[THINK]billing[/THINK]shipping", "◁think▷billing◁/think▷shipping",
      "<think>one</think><think>two</think>shipping", "shipping<think>I should check.", "shipping<|im_end|>",
      "shipping</s>",
      "<|channel|>analysis<|message|>billing?<|end|><|start|>assistant<|channel|>final<|message|>shipping",
      "shipping\n\nThe customer asks where the parcel is.", "A parcel is late.\n\nshipping",
    ])
  func labels(text: String) {
    #expect(Self.lettered.candidate(of: text) == 1)
    #expect(Self.plain.candidate(of: text) == 1)
  }

  @Test(
    "Labels of several words, and with signs",
    arguments: [
      ("order status", 3), ("Order  Status.", 3), ("order_status", 3), ("order-status", 3), ("D. order status", 3),
      ("credit_limit", 4), ("credit limit", 4), ("Credit-Limit", 4), ("The label is credit limit.", 4), ("C++", 5),
      ("c++", 5), ("**C++**", 5), ("I.D. check", 6), ("i.d. check", 6), (#"{"label": "I.D. check."}"#, 6),
    ])
  func words(text: String, index: Int) {
    #expect(Self.lettered.candidate(of: text) == index)
    #expect(Self.plain.candidate(of: text) == index)
  }

  @Test(
    "What names none, or could mean two, is no answer: a wrong one would be believed",
    arguments: [
      "", " ", "\n\n", "H", "Z", "BC", "AB", "1", "grape", "ship", "shippings", "I think B", "I would say shipping",
      "It is not shipping", "This is about shipping.", "A or B", "A, B", "A. or B.", "B and C", "A/B", "either A or B",
      "A. shipping", "C) shipping", "(A) shipping", "The answer is A. shipping", "billing, shipping",
      "billing\nshipping", "A\nB", "A. billing\nB. shipping\nC. returns", "Answer: A\nAnswer: B",
      "The answer is A or B.", "The answer is not B.", "It is not option B", "The wrong answer is B.",
      "either option A or option B", "The answer is neither A nor B", "B. Or rather A.", "B. But billing fits, too.",
      #"\boxed{A} or \boxed{B}"#, #"\boxed{}"#, #"\boxed{A, B}"#, #"\boxed"#, #"\boxed{B"#,
      #"{"label": "billing"} or {"label": "shipping"}"#, #"{"label": "grape"}"#, #"{"label": 1}"#, #"{"label": null}"#,
      #"{"label": ["billing", "shipping"]}"#, #"{"label": {"type": "string"}}"#, #"{"label": "ship"#, "[]", "{", "{}",
      "<think>It is shipping", "<think>shipping</think>", "<think>B</think>\n\n", "<think>", "</think>",
      "Answer: billing, shipping", "Answer: B, C", "Answer: B. C.", "The answer is B (or A)",
      "The answer is B; C fits, too",
      "A.M. deliveries", "A customer asks about a parcel.", "I'm sorry, I can't help with that.",
      "the quick brown fox", "EVIL", "A: Where is it?\nB: In the post.",
    ])
  func nobody(text: String) {
    #expect(Self.lettered.candidate(of: text) == nil)
    if !["A. shipping", "C) shipping", "(A) shipping", "The answer is A. shipping"].contains(text) {
      #expect(Self.plain.candidate(of: text) == nil)
    }
  }

  @Test("A letter is a letter only of a candidate, and a label that is a letter is itself where there are none")
  func few() {
    let two = WrittenAnswer(["yes", "no"], hasLetters: true)
    #expect(two.candidate(of: "B") == 1 && two.candidate(of: "C") == nil && two.candidate(of: "No.") == 1)
    let letters = WrittenAnswer(["B", "A"], hasLetters: false)
    #expect(letters.candidate(of: "B") == 0 && letters.candidate(of: "a.") == 1)
    // Asked for the letter, it is one.
    #expect(WrittenAnswer(["B", "A"], hasLetters: true).candidate(of: "B") == 1)
  }

  @Test("Labels that differ only by what is overlooked elsewhere are told apart, or not at all")
  func alike() {
    let answers = WrittenAnswer(["US", "us", "C", "C#", "a b", "a_b"], hasLetters: false)
    for (index, label) in ["US", "us", "C", "C#", "a b", "a_b"].enumerated() {
      #expect(answers.candidate(of: label) == index)
      #expect(answers.candidate(of: #"{"label": "\#(label)"}"#) == index)
    }
    for text in ["Us", "c#.", "A-B"] { #expect(answers.candidate(of: text) == nil) }
  }

  @Test("A long answer is read, and nothing in it makes it slow or wrong")
  func long() {
    let thought = String(repeating: "Could it be {\"label\": \"billing\"}? ", count: 2_000)
    #expect(Self.lettered.candidate(of: "<think>\(thought)</think>B") == 1)
    for piece in ["{\"label\":", "\\boxed{", "answer is ", "A. ", "\n", "e\u{301}", "<", "\"", "option A "] {
      #expect(Self.lettered.candidate(of: String(repeating: piece, count: 2_000) + " no") == nil, "\(piece)")
    }
  }
}
