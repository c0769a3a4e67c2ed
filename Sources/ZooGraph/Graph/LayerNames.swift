/// Names for layers that are put into a graph. Keras numbers layers of one name from the second on.
public struct LayerNames: Sendable {
  private var taken: Set<String>
  /// The last number that each name was given.
  private var numbers: [String: Int] = [:]
  /// The names that were given so far.
  public private(set) var given: [String] = []

  /// - Parameter taken: names that are not given.
  public init(taken: [String]) { self.taken = Set(taken) }

  /// `dense`, or `dense_1`, `dense_2`, … where that is taken.
  public mutating func next(_ name: String) -> String {
    var candidate = name
    var number = numbers[name, default: 0]
    while taken.contains(candidate) {
      number += 1
      candidate = "\(name)_\(number)"
    }
    numbers[name] = number
    taken.insert(candidate)
    given.append(candidate)
    return candidate
  }
}
