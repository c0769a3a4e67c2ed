/// What the numbers of pictures advise for a training.
public struct ClassAdvice: Sendable, Equatable {
  /// The largest class has so many times the pictures of the smallest before it matters.
  public static let mostImbalance = 3.0
  /// Classes of fewer pictures, in the middle, gain by seeing them changed.
  public static let fewPictures = 60

  /// Sentences for people, none where nothing is to be said.
  public let sentences: [String]

  /// - Parameters:
  ///   - counts: pictures to learn from, of each class that has some.
  ///   - balances: whether rare classes count as much as frequent ones already.
  ///   - augments: whether pictures are changed at random already.
  public init(_ counts: [(name: String, pictures: Int)], balances: Bool = false, augments: Bool = false) {
    var sentences: [String] = []
    let sorted = counts.filter { $0.pictures > 0 }.sorted { ($0.pictures, $0.name) < ($1.pictures, $1.name) }
    if let least = sorted.first, let most = sorted.last {
      if !balances, Double(most.pictures) > Self.mostImbalance * Double(least.pictures) {
        sentences.append(
          "'\(most.name)' has \(most.pictures) pictures, '\(least.name)' has \(least.pictures): with --balance rare "
            + "classes count as much as frequent ones")
      }
      let middle = sorted[sorted.count / 2].pictures
      if !augments, middle < Self.fewPictures {
        sentences.append(
          "few pictures to learn from (\(middle) in the middle class): --augment flip,rotation:0.05,zoom:0.1 "
            + "--augment-variants 4 shows them changed; leave flip out where left and right matter, as in writing"
        )
      }
    }
    self.sentences = sentences
  }
}
