/// What a network expects its pixels to look like: for each channel of its input, the channel of the picture that it
/// is made of, times a scale, plus a shift. Pictures have the values 0…255.
///
/// What a network does to its pixels within its graph is not in here.
public struct Preprocessing: Sendable, Hashable {
  /// For each channel of the input, the channel of the picture; empty: all are where they are.
  public let order: [Int]
  /// Per channel of the input, or one for all; empty: 1.
  public let scale: [Double]
  /// Per channel of the input, or one for all; empty: 0.
  public let shift: [Double]

  /// `nil` for an order that is none, lists of different lengths, and numbers that are not finite or a scale of 0.
  public init?(order: [Int] = [], scale: [Double] = [], shift: [Double] = []) {
    let counts = Set([order.count, scale.count, shift.count].filter { $0 > 1 })
    guard order.isEmpty || order.sorted() == Array(0..<order.count), counts.count <= 1,
      (scale + shift).allSatisfy(\.isFinite), !scale.contains(0)
    else { return nil }
    self.init(unchecked: order, scale, shift)
  }

  private init(unchecked order: [Int], _ scale: [Double], _ shift: [Double]) {
    // One spelling for each value, so that equal ones are equal.
    let keepsOrder = order == Array(0..<order.count)
    let (scale, shift) = (Self.shortened(scale, neutral: 1), Self.shortened(shift, neutral: 0))
    self.order = keepsOrder ? [] : order
    self.scale = scale
    self.shift = shift
  }

  private static func shortened(_ values: [Double], neutral: Double) -> [Double] {
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return values }
    return first == neutral ? [] : [first]
  }

  // The modes of `keras/src/applications/imagenet_utils.py`.

  /// Pixels as they are, 0…255.
  public static let none = Preprocessing(unchecked: [], [], [])
  /// `x / 127.5 − 1`.
  public static let tf = Preprocessing(unchecked: [], [1 / 127.5], [-1])
  /// RGB to BGR, minus the ImageNet mean of each channel.
  public static let caffe = Preprocessing(unchecked: [2, 1, 0], [], [-103.939, -116.779, -123.68])
  /// `x / 255`, minus the mean, over the standard deviation of each channel.
  public static let torch = Preprocessing(
    mean: [0.485, 0.456, 0.406].map { $0 * 255 }, deviation: [0.229, 0.224, 0.225].map { $0 * 255 })
  /// `x / 255`.
  public static let unit = Preprocessing(unchecked: [], [1 / 255], [])

  /// `(x − mean) / deviation`, of pixels 0…255.
  private init(order: [Int] = [], mean: [Double], deviation: [Double]) {
    let count = max(mean.count, deviation.count)
    let pairs = (0..<count).map { (mean[min($0, mean.count - 1)], deviation[min($0, deviation.count - 1)]) }
    self.init(unchecked: order, pairs.map { 1 / $1 }, pairs.map { -$0 / $1 })
  }

  /// Those that have a name.
  public static let named: [(name: String, value: Preprocessing)] = [
    ("none", .none), ("tf", .tf), ("caffe", .caffe), ("torch", .torch), ("unit", .unit),
  ]

  /// Its short name, where it has one.
  public var name: String? { Self.named.first { $0.value == self }?.name }

  /// Whether pixels are left as they are.
  public var isNone: Bool { self == .none }

  /// How many channels a picture must have; `nil`: any number.
  public var channelCount: Int? { [order.count, scale.count, shift.count].first { $0 > 1 } }

  /// Whether it treats all channels alike.
  public var isUniform: Bool { order.isEmpty && channelCount == nil }

  /// Whether it suits pictures of `channels` channels.
  public func suits(channels: Int) -> Bool { channelCount == nil || channelCount == channels }

  /// Scale and shift of each of `channels` channels, with the channel they are made of.
  public func perChannel(_ channels: Int) -> [(source: Int, scale: Double, shift: Double)] {
    func value(_ list: [Double], _ channel: Int, _ neutral: Double) -> Double {
      list.isEmpty ? neutral : list[min(channel, list.count - 1)]
    }
    return (0..<channels).map {
      (order.isEmpty ? $0 : order[$0], value(scale, $0, 1), value(shift, $0, 0))
    }
  }

  /// This, then `x · scale + shift`: one number for all channels or one for each.
  public func followed(byScale scale: [Double], shift: [Double]) -> Preprocessing {
    let count = channelCount ?? max(scale.count, shift.count)
    let channels = perChannel(count).enumerated().map { channel, own -> (Double, Double) in
      let factor = scale[min(channel, scale.count - 1)]
      return (own.scale * factor, own.shift * factor + shift[min(channel, shift.count - 1)])
    }
    return Preprocessing(unchecked: order, channels.map(\.0), channels.map(\.1))
  }

  /// Applies itself in place to pixels 0…255: any number of pixels of `channels` values each.
  public func apply(to pixels: UnsafeMutableBufferPointer<Float>, channels: Int) {
    guard !isNone else { return }
    let parts = perChannel(channels)
    var pixel = [Float](repeating: 0, count: channels)
    for start in stride(from: 0, through: pixels.count - channels, by: channels) {
      for channel in 0..<channels { pixel[channel] = pixels[start + channel] }
      for (channel, part) in parts.enumerated() {
        pixels[start + channel] = Float(Double(pixel[part.source]) * part.scale + part.shift)
      }
    }
  }

  /// The same as a layer, with its weights where it has some: a 1×1 convolution exchanges, scales and shifts
  /// channels. `nil` where there is nothing to do.
  public func layer(channels: Int) -> (layer: Layer, weights: [String: [Float]])? {
    guard !isNone else { return nil }
    if order.isEmpty, scale.count <= 1, shift.count <= 1 {
      return (Layer(Rescaling(scale: scale.first ?? 1, offset: shift.first ?? 0)), [:])
    }
    let parts = perChannel(channels)
    var kernel = [Float](repeating: 0, count: channels * channels)
    for (channel, part) in parts.enumerated() { kernel[part.source * channels + channel] = Float(part.scale) }
    let mixing = Conv2D(filters: channels, kernelSize: Size2D(1))
    return (Layer(mixing), ["kernel": kernel, "bias": parts.map { Float($0.shift) }])
  }
}

// MARK: - As text

extension Preprocessing: CustomStringConvertible {
  /// Its name, or what ``init(parsing:)`` reads: `bgr,mean=103.939:116.779:123.68,std=1`.
  public var description: String {
    if let name { return name }
    let parts = perChannel(channelCount ?? 1)
    let isReversed = !order.isEmpty && order == Array(order.indices.reversed())
    let exchange =
      order.isEmpty
      ? []
      : isReversed && order.count == 3 ? ["bgr"] : ["order=" + order.map(String.init).joined(separator: ":")]
    let means = Self.text(parts.map { -$0.shift / $0.scale })
    let deviations = Self.text(parts.map { 1 / $0.scale })
    return (exchange + ["mean=\(means)", "std=\(deviations)"]).joined(separator: ",")
  }

  /// One number where all are the same.
  private static func text(_ values: [Double]) -> String {
    let texts = values.map { text($0) }
    return Set(texts).count == 1 ? texts[0] : texts.joined(separator: ":")
  }

  /// With as many digits as tell it from others, without those that come from dividing back and forth.
  private static func text(_ value: Double) -> String {
    let rounded = (value * 1e9).rounded() / 1e9
    let value = rounded == 0 ? 0 : rounded
    return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  /// A name (`none`, `tf`, `caffe`, `torch`, `unit`), or mean and standard deviation of pixels 0…255, one number or one
  /// per channel of the network's input: `mean=123.7:116.8:103.9,std=58.4`, before them `bgr` where it takes the
  /// channels the other way round, or `order=` with the picture's channel for each of the input's.
  ///
  /// - Throws: `PreprocessingError` that says what is wrong.
  public init(parsing text: String) throws(PreprocessingError) {
    if let known = Self.named.first(where: { $0.name == text }) {
      self = known.value
      return
    }
    var order: [Int] = []
    var (mean, deviation): ([Double], [Double]) = ([0], [1])
    var seen: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard seen.insert(words[0]).inserted else { throw .repeated(words[0]) }
      switch (words[0], words.count) {
      case ("bgr", 1): order = [2, 1, 0]
      case ("order", 2): order = try Self.numbers(words[1]) { Int($0) }
      case ("mean", 2): mean = try Self.numbers(words[1]) { Double($0) }
      case ("std", 2): deviation = try Self.numbers(words[1]) { Double($0) }
      default: throw .unknownWord(String(part))
      }
    }
    guard !deviation.contains(where: { $0 <= 0 }) else { throw .notPositive }
    let made = Preprocessing(order: order, mean: mean, deviation: deviation)
    guard Set([order.count, mean.count, deviation.count].filter { $0 > 1 }).count <= 1,
      let checked = Preprocessing(order: order, scale: made.scale, shift: made.shift)
    else { throw .contradictory }
    self = checked
  }

  private static func numbers<Number>(
    _ text: String, _ parse: (Substring) -> Number?
  ) throws(PreprocessingError) -> [Number] {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap(parse)
    guard numbers.count == parts.count, numbers.count <= Limit.dimension else { throw .noNumber(text) }
    return numbers
  }
}

/// What is wrong with a preprocessing that was written by hand.
public enum PreprocessingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A word that means nothing here.
  case unknownWord(String)
  /// Something that is said twice.
  case repeated(String)
  /// No number where one is needed.
  case noNumber(String)
  /// A deviation that is not above zero.
  case notPositive
  /// Different numbers of channels, or an order that names a channel twice or not at all.
  case contradictory

  public var description: String {
    switch self {
    case .unknownWord(let word):
      "'\(word)' is no preprocessing; expected \(Preprocessing.named.map(\.name).joined(separator: ", ")), "
        + "or such as mean=123.7:116.8:103.9,std=58.4:57.1:57.4"
    case .repeated(let word): "'\(word)' is there twice"
    case .noNumber(let text): "'\(text)' are no numbers; expected such as 123.7:116.8:103.9"
    case .notPositive: "a standard deviation must be above 0"
    case .contradictory: "order, mean and std must be for the same channels, each once"
    }
  }
}

// MARK: - In files

extension Preprocessing: Codable {
  private enum CodingKeys: String, CodingKey { case order, scale, shift }

  /// The names that files have had from the beginning.
  private static let names: Set<String> = ["none", "tf", "caffe", "torch"]

  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      guard Self.names.contains(name), let known = Self.named.first(where: { $0.name == name }) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "unknown preprocessing '\(name)'"))
      }
      self = known.value
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard
      let value = Preprocessing(
        order: try container.decodeIfPresent([Int].self, forKey: .order) ?? [],
        scale: try container.decodeIfPresent([Double].self, forKey: .scale) ?? [],
        shift: try container.decodeIfPresent([Double].self, forKey: .shift) ?? [])
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a preprocessing that contradicts itself"))
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    if let name, Self.names.contains(name) {
      var container = encoder.singleValueContainer()
      return try container.encode(name)
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    if !order.isEmpty { try container.encode(order, forKey: .order) }
    if !scale.isEmpty { try container.encode(scale, forKey: .scale) }
    if !shift.isEmpty { try container.encode(shift, forKey: .shift) }
  }
}
