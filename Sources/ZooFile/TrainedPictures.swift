import FoundationEssentials

/// Which pictures a model was trained on, so that it is not measured on them unawares.
public struct TrainedPictures: Sendable, Equatable, Codable {
  /// Of the choice of what was held out at random.
  public var seed: UInt64
  /// The share that was held out at random; `nil` where the data set said what to hold out.
  public var validationShare: Double?
  /// How many were held out, to choose the best epoch by.
  public var heldOut: Int
  /// The first bytes of the SHA-256 of each picture's file, in rising order, one after the other.
  private var hashes: Data

  /// Bytes of a hash: that two of a million pictures have the same one happens once in 37 million data sets.
  public static let hashSize = 8

  /// - Parameter pictures: the SHA-256 of the files, or at least their first bytes. Those of the base, where it was
  ///   trained as well, belong to them.
  public init(
    seed: UInt64, validationShare: Double?, heldOut: Int, pictures: some Sequence<some Collection<UInt8>>
  ) {
    self.seed = seed
    self.validationShare = validationShare
    self.heldOut = heldOut
    let distinct = Set(pictures.map { Array($0.prefix(Self.hashSize)) })
    let sorted = distinct.sorted { $0.lexicographicallyPrecedes($1) }
    hashes = Data(sorted.joined())
  }

  /// - Throws: `DecodingError` for hashes that are cut off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    seed = try values.decode(UInt64.self, forKey: .seed)
    validationShare = try values.decodeIfPresent(Double.self, forKey: .validationShare)
    heldOut = try values.decode(Int.self, forKey: .heldOut)
    hashes = try values.decode(Data.self, forKey: .hashes)
    guard hashes.count.isMultiple(of: Self.hashSize), heldOut >= 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .hashes, in: values, debugDescription: "the pictures it was trained on make no sense")
    }
  }

  /// How many different pictures it was trained on.
  public var count: Int { hashes.count / Self.hashSize }

  /// The hashes, each of ``hashSize`` bytes.
  public var pictures: Set<[UInt8]> {
    let bytes = Array(hashes)
    return Set(
      stride(from: 0, to: bytes.count, by: Self.hashSize).map { Array(bytes[$0..<($0 + Self.hashSize)]) })
  }
}
