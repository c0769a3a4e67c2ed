import ZooImage

/// What is wrong, or may be, with a folder of labelled pictures.
public struct Diagnosis: Sendable, Equatable, Codable {
  /// A picture that cannot be read.
  public struct Problem: Sendable, Equatable, Codable {
    /// The file.
    public var path: String
    /// One line for people.
    public var reason: String
    /// What to do about it, where that is not the same for all of its kind.
    public var advice: String?
  }

  /// Pictures that are the same, or look it.
  public struct Duplicates: Sendable, Equatable, Codable {
    /// In the order of the list.
    public var paths: [String]
    /// Whether the files are the same byte by byte.
    public var exact: Bool
    /// Whether one is in `train` and another in `val`, so that validation flatters.
    public var acrossSplits: Bool
    /// Whether they have different labels.
    public var acrossClasses: Bool
  }

  /// How many pictures a class has.
  public struct ClassCount: Sendable, Equatable, Codable {
    /// Of the class.
    public var name: String
    /// To learn from.
    public var training: Int
    /// Held out.
    public var validation: Int
  }

  /// Pictures of fewer pixels in height or width are very small.
  public static let fewestPixels = 32
  /// Pictures that are more times as long as wide are very long.
  public static let longestSide = 4

  /// How many were examined.
  public var pictures: Int
  /// In the order of the data set.
  public var classes: [ClassCount]
  /// Pictures that cannot be read.
  public var unreadable: [Problem]
  /// Their EXIF orientation says that they have to be turned.
  public var turned: [String]
  /// Their EXIF block cannot be understood.
  public var damagedEXIF: [Problem]
  /// The content is of another format than the name says.
  public var wrongExtensions: [Problem]
  /// Pictures that are there more than once.
  public var duplicates: [Duplicates]
  /// Pictures of one colour.
  public var plain: [Problem]
  /// Pictures of fewer than ``fewestPixels`` pixels in height or width.
  public var small: [Problem]
  /// Pictures that are longer than ``longestSide`` times their shorter side.
  public var long: [Problem]
  /// Classes without any picture.
  public var emptyClasses: [String]
  /// Pictures in the largest class for each in the smallest that has some.
  public var imbalance: Double
  /// Classes with fewer than ten pictures to learn from.
  public var tinyClasses: [String]
  /// Pictures beside the class folders, which training does not see.
  public var leftOut: [String]
  /// Pictures that the label file does not list.
  public var unlisted: [String]
  /// What else is not read, by what it is.
  public var unread: [UnreadFiles.Kind]

  /// What the numbers of pictures advise for a training.
  public var advice: [String] { ClassAdvice(classes.map { ($0.name, $0.training) }).sentences }

  /// Whether nothing was found that should be mended.
  public var isHealthy: Bool {
    !findings.contains(where: \.isFault) && imbalance <= ClassAdvice.mostImbalance
      && !unread.contains { $0.arePictures }
  }
}
