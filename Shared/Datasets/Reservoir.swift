/// Some of many elements, each as likely to be among them as any other, drawn in one pass (Vitter 1985, algorithm R).
public struct Reservoir<Element> {
  /// The elements that are kept, in the order in which they came into their places.
  public private(set) var kept: [Element] = []
  /// How many were offered.
  public private(set) var count = 0
  private let capacity: Int
  private var generator: SeededGenerator

  /// A reservoir that keeps at most `capacity` elements, 1 or more.
  public init(capacity: Int, seed: UInt64) { (self.capacity, generator) = (capacity, SeededGenerator(seed: seed)) }

  /// Offers an element.
  public mutating func offer(_ element: Element) {
    count += 1
    guard kept.count >= capacity else { return kept.append(element) }
    let place = Int.random(in: 0..<count, using: &generator)
    if place < capacity { kept[place] = element }
  }
}
