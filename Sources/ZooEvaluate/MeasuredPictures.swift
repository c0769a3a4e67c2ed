import ZooFeatures
import ZooFile
import ZooGraph
import ZooImage
import ZooSystem

/// The pictures that a classifier is measured on: of those that a data set offers the ones it was not trained on.
public struct MeasuredPictures: Sendable, Equatable {
  /// What the classifier knows of the pictures that it is measured on.
  public enum Knowledge: String, Sendable, Codable {
    /// It was not trained on them.
    case heldOut = "held out"
    /// It was trained on all of them: there are no others.
    case trainedOn = "trained on"
    /// Each was told by a model that was not trained on it; the classifier itself was trained on all.
    case crossValidated = "cross-validated"
    /// Its file does not tell.
    case unknown
  }

  /// The pictures to be measured.
  public let list: ImageList
  /// What the classifier knows of them.
  public let knowledge: Knowledge
  /// Pictures of the data set that it was trained on, and which are therefore left out.
  public let leftOut: Int

  /// Pictures are recognised by their content, wherever they lie.
  ///
  /// - Throws: `CancellationError` in a task that is cancelled.
  public init(_ pictures: LabelledPictures, for model: ModelDescription) throws(CancellationError) {
    let offered = pictures.toEvaluate
    guard let trained = model.trained?.pictures else {
      self.init(offered, .unknown)
      return
    }
    // What cannot be read is told of later.
    let isSeen = try offered.contentIDs().ids.map { id in
      id.map { trained.contains(Array($0.prefix(TrainedPictures.hashSize))) } ?? false
    }
    var unseen = offered
    unseen.items = zip(offered.items, isSeen).filter { !$1 }.map(\.0)
    if unseen.items.isEmpty {
      self.init(offered, .trainedOn)
    } else {
      self.init(unseen, .heldOut, leftOut: offered.items.count - unseen.items.count)
    }
  }

  private init(_ list: ImageList, _ knowledge: Knowledge, leftOut: Int = 0) {
    self.list = list
    self.knowledge = knowledge
    self.leftOut = leftOut
  }
}

extension MeasuredPictures.Knowledge {
  /// Which pictures, in a few words behind their number.
  public var words: String {
    switch self {
    case .heldOut: "not trained on"
    case .trainedOn: "all trained on"
    case .crossValidated: "cross-validated"
    case .unknown: "not known whether trained on"
    }
  }

  /// A sentence for people about what is measured.
  ///
  /// - Parameters:
  ///   - pictures: how many are measured.
  ///   - leftOut: how many were left out, because the classifier was trained on them.
  public func sentence(pictures: Int, leftOut: Int) -> String {
    switch self {
    case .heldOut where leftOut > 0:
      "measured on the \(pictures.grouped) pictures that it was not trained on; the other \(leftOut.grouped) are left out"
    case .heldOut: "measured on \(pictures.grouped) pictures, none of which it was trained on"
    case .trainedOn:
      "all \(pictures.grouped) pictures were trained on: what follows says how well they are remembered, and nothing about other pictures"
    case .crossValidated:
      "each of the \(pictures.grouped) pictures was told by a model that was not trained on it; the model in the file is another one, trained on all of them"
    case .unknown:
      "it is unknown which pictures the model was trained on: what follows holds only if these \(pictures.grouped) are others"
    }
  }
}
