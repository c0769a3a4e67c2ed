import ZooImage

/// What is known of a picture beside its features.
public struct FeatureTags: Sendable, Equatable {
  /// `nil` in an array.
  public var path: String?
  /// Ascending indices of its classes.
  public var labels: [Int] = []
  /// The part of the data set that it belongs to.
  public var part: ImageList.Part?

  /// - Parameter labels: ascending indices of its classes.
  public init(path: String? = nil, labels: [Int] = [], part: ImageList.Part? = nil) {
    self.path = path
    self.labels = labels
    self.part = part
  }
}

/// Which tags the pictures of a list have.
public struct FeatureTagKinds: Sendable, Equatable {
  /// Empty where there are no classes.
  public var classNames: [String]
  /// Whether some picture has several classes.
  public var hasSeveralLabels: Bool
  /// Whether pictures are in `train` and `val`.
  public var hasParts: Bool
  /// How pictures were turned before: by what EXIF says, or not at all; `nil` of arrays.
  public var orientation: Orientation?

  /// As feature files name it.
  public enum Orientation: String, Sendable {
    /// By what EXIF says.
    case exif
    /// Not at all.
    case asStored = "as stored"
  }

  /// - Parameter classNames: empty where there are no classes.
  public init(
    classNames: [String] = [], hasSeveralLabels: Bool = false, hasParts: Bool = false,
    orientation: Orientation? = nil
  ) {
    self.classNames = classNames
    self.hasSeveralLabels = hasSeveralLabels
    self.hasParts = hasParts
    self.orientation = orientation
  }

  /// Those that these pictures have.
  public init(_ pictures: Pictures) {
    let items = pictures.list?.items ?? []
    self.init(
      classNames: pictures.classNames, hasSeveralLabels: items.contains { $0.labels.count > 1 },
      hasParts: items.contains { $0.part != nil },
      orientation: pictures.exif.map { $0 ? .exif : .asStored })
  }

  /// The names of a picture's classes.
  func names(_ labels: [Int]) -> [String] {
    labels.compactMap { classNames.indices.contains($0) ? classNames[$0] : nil }
  }
}

extension Pictures {
  /// What is known of one of them.
  public func tags(_ index: Int) -> FeatureTags {
    guard let item = list?.items[index] else { return FeatureTags(path: path(index)) }
    return FeatureTags(path: item.path, labels: item.labels, part: item.part)
  }
}

/// The labels and parts of pictures as arrays: a number each, or for pictures of several classes a row of 0 and 1.
struct TagArrays {
  let kinds: FeatureTagKinds
  private(set) var paths: [String] = []
  /// −1 where a picture has no class.
  private(set) var labels: [Int64] = []
  private(set) var parts: [ImageList.Part?] = []

  init(_ kinds: FeatureTagKinds) {
    self.kinds = kinds
  }

  /// Of one picture's labels.
  var labelShape: [Int] { kinds.hasSeveralLabels ? [kinds.classNames.count] : [] }
  var hasLabels: Bool { !kinds.classNames.isEmpty }

  mutating func append(_ tags: FeatureTags) {
    if let path = tags.path { paths.append(path) }
    parts.append(tags.part)
    if kinds.hasSeveralLabels {
      labels += kinds.classNames.indices.map { tags.labels.contains($0) ? 1 : 0 }
    } else {
      labels.append(Int64(tags.labels.first ?? -1))
    }
  }

  /// `train`, `val`, or nothing.
  var partNames: [String] { parts.map { $0?.rawValue ?? "" } }

  /// The place of each part in `ImageList.Part.allCases`, −1 for none.
  var partNumbers: [Int64] {
    parts.map { part in Int64(ImageList.Part.allCases.firstIndex { $0 == part } ?? -1) }
  }
}
