/// The protocol between client and helper: frames of a kind, a length and a payload, over one socket.
///
/// Reading HDF5: the helper sends a `listing` first, then a `piece` for each one asked for. Writing: the client
/// sends `contents`, the helper creates them and answers with the `offsets` of the datasets' bytes.
///
/// Pictures: the client sends a `picture` with what is wanted of it, then its file in `bytes`; the helper answers with a
/// `picture`, which says its size, then its pixels in `rows`, and waits for the next.
///
/// Instead of any answer the helper may send a `failure` with its reason, and what to do about it behind a unit
/// separator. Asked for its `versions`, it sends them.
package enum Wire {
  /// First in every `listing`, `contents`, `offsets` and `versions`.
  package static let version = 2
  /// The exit status of a helper that was asked in another version.
  package static let otherVersionStatus: Int32 = 4
  /// The largest payload of any frame.
  package static let maximumPayload = 64 << 20
  package static let headerSize = 8
  /// The longest name of a link or an attribute, in bytes.
  package static let maximumName = 1 << 10
  /// Groups nested in groups.
  package static let maximumDepth = 64

  package enum Kind: UInt32, Sendable {
    case listing = 0x315A_4C01
    case piece, failure, contents, offsets, versions
    case picture, bytes, rows
  }

  package static func header(_ kind: Kind, count: Int) -> [UInt8] {
    var writer = WireWriter()
    writer.put(UInt64(kind.rawValue) | UInt64(count) << 32)
    return writer.bytes
  }

  /// The payload of a `failure`.
  package static func failure(_ reason: String, advice: String? = nil) -> [UInt8] {
    Array(reason.utf8) + (advice.map { [separator] + Array($0.utf8) } ?? [])
  }

  static func reason(in failure: some Collection<UInt8>) -> (reason: String, advice: String?) {
    let parts = failure.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
    return (
      String(decoding: parts[0], as: UTF8.self),
      parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : nil
    )
  }

  private static let separator: UInt8 = 0x1F

  /// - Returns: `nil` when it is not a frame of this protocol, or one too large.
  package static func parse(_ header: [UInt8]) -> (kind: Kind, count: Int)? {
    var reader = WireReader(header)
    guard let word = try? reader.word(), let kind = Kind(rawValue: UInt32(truncatingIfNeeded: word)) else {
      return nil
    }
    let count = Int(word >> 32)
    return count <= maximumPayload ? (kind, count) : nil
  }
}

/// Builds a payload. Numbers are little-endian, strings and lists begin with their count.
package struct WireWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func put(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func put(_ value: Int) { put(UInt64(bitPattern: Int64(value))) }
  package mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

  package mutating func put(_ value: String) {
    put(value.utf8.count)
    bytes.append(contentsOf: value.utf8)
  }

  package mutating func put<Element>(_ list: [Element], _ each: (inout WireWriter, Element) -> Void) {
    put(list.count)
    for element in list { each(&self, element) }
  }
}

/// A payload that does not hold what it should.
package struct WireError: Error, Sendable {
  package let reason: String
  /// Whether the other side speaks another version of the protocol.
  package let isOfOtherVersion: Bool

  package init(_ reason: String, isOfOtherVersion: Bool = false) {
    self.reason = reason
    self.isOfOtherVersion = isOfOtherVersion
  }
}

/// Takes a payload apart, trusting nothing in it.
package struct WireReader {
  private let bytes: [UInt8]
  private var position = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var isAtEnd: Bool { position == bytes.count }

  private mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw WireError("a message ends early") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  package mutating func word() throws(WireError) -> UInt64 {
    try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  package mutating func int() throws(WireError) -> Int { Int(Int64(bitPattern: try word())) }
  package mutating func bool() throws(WireError) -> Bool { try take(1).first == 1 }
  package mutating func byte() throws(WireError) -> UInt8 { try take(1).first ?? 0 }

  package mutating func string() throws(WireError) -> String {
    String(decoding: try take(try int()), as: UTF8.self)
  }

  package mutating func list<Element>(
    _ each: (inout WireReader) throws(WireError) -> Element
  ) throws(WireError) -> [Element] {
    let count = try int()
    // Every element takes a byte at least, so a count beyond the rest is a lie.
    guard count >= 0, count <= bytes.count - position else { throw WireError("a list is too long") }
    var list: [Element] = []
    for _ in 0..<count { list.append(try each(&self)) }
    return list
  }

  package mutating func version() throws(WireError) {
    let version = try int()
    guard version == Wire.version else {
      throw WireError(
        "it speaks version \(version) of the protocol, not \(Wire.version)", isOfOtherVersion: true)
    }
  }
}
