import Glibc
import ZooHelper
import ZooSystem

/// A helper's side: decodes one picture after the other, until the program that started it is gone.
package struct DecodingHelper {
  /// Bytes of address space: a picture of the largest size in the libraries' own form, and its file.
  private static let memory = 4 << 30
  /// Of computing for a picture.
  private static let seconds = 60

  /// The program's name.
  package let name: String
  /// What it reads, as in "TIFF pictures".
  package let subject: String
  /// Of its library, as in `4.5.0`.
  package let version: String

  package init(name: String, subject: String, version: String) {
    self.name = name
    self.subject = subject
    self.version = version
  }

  /// - Parameters:
  ///   - prepare: what the library needs files for.
  ///   - decode: decodes the file into the sink.
  package func run(
    prepare: () -> Void = {},
    decode: (UnsafeRawBufferPointer, PictureOrder, inout PictureSink) throws(DecodeFailure) -> Void
  ) -> Never {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, Channel.isConnected, ["decode", "versions"].contains(arguments[1]) else {
      print("\(name): the helper with which zoo reads \(subject); not for direct use")
      exit(arguments.dropFirst() == ["--help"] ? 0 : 2)
    }
    Sandbox.enter(keeping: 3, memory: Self.memory, seconds: Self.seconds)
    prepare()
    Sandbox.close(mayWrite: false)
    let channel = Channel()
    if arguments[1] == "versions" {
      var out = WireWriter()
      HelperVersions(library: version).write(to: &out)
      channel.send(.versions, out.bytes)
      exit(0)
    }
    while true { serve(channel, decode) }
  }

  private func serve(
    _ channel: Channel,
    _ decode: (UnsafeRawBufferPointer, PictureOrder, inout PictureSink) throws(DecodeFailure) -> Void
  ) {
    let order = receiveOrder(channel)
    Sandbox.renewComputingTime(Self.seconds)
    let file = receiveFile(order.byteCount, channel)
    defer { free(file.baseAddress) }
    var sink = PictureSink(order.part, channel)
    do throws(DecodeFailure) {
      try decode(UnsafeRawBufferPointer(file), order, &sink)
      try sink.finish()
    } catch {
      channel.send(.failure, Wire.failure(error.reason, advice: error.advice))
    }
  }

  private func receiveOrder(_ channel: Channel) -> PictureOrder {
    let (kind, payload) = channel.receive()
    guard kind == .picture else { channel.end("the request is not known") }
    do throws(WireError) {
      return try PictureOrder(payload)
    } catch {
      if error.isOfOtherVersion { exit(Wire.otherVersionStatus) }
      channel.end(error.reason)
    }
  }

  /// - Returns: memory to be given to `free`.
  private func receiveFile(_ count: Int, _ channel: Channel) -> UnsafeMutableRawBufferPointer {
    guard let start = malloc(max(count, 1)) else { channel.end(DecodeFailure.noMemory.reason) }
    let file = UnsafeMutableRawBufferPointer(start: start, count: count)
    var done = 0
    while done < count {
      let (kind, piece) = channel.receive()
      guard kind == .bytes, !piece.isEmpty, piece.count <= count - done else {
        channel.end("the request is not known")
      }
      UnsafeMutableRawBufferPointer(rebasing: file[done...]).copyBytes(from: piece)
      done += piece.count
    }
    return file
  }
}

/// Takes a picture from its decoder to the program, in pieces.
package struct PictureSink {
  private static let pieceSize = 1 << 18

  private let part: PictureOrder.Part
  private let channel: Channel
  private var pending: [UInt8] = []
  /// Bytes of pixels still to come.
  private var left: Int?

  init(_ part: PictureOrder.Part, _ channel: Channel) {
    self.part = part
    self.channel = channel
  }

  /// Before the first row.
  package mutating func begin(_ head: PictureHead) throws(DecodeFailure) {
    try checkSize(width: head.width, height: head.height)
    channel.send(.picture, head.payload)
    left = head.byteCount(of: part)
  }

  /// The next pixels, row after row, as the order's part has them.
  package mutating func put(_ pixels: UnsafeBufferPointer<UInt8>) throws(DecodeFailure) {
    guard let left, pixels.count <= left else { throw DecodeFailure("gives more pixels than it says") }
    self.left = left - pixels.count
    pending += pixels
    if pending.count >= Self.pieceSize { flush() }
  }

  mutating func finish() throws(DecodeFailure) {
    guard left == 0 else { throw DecodeFailure("gives fewer pixels than it says") }
    flush()
  }

  private mutating func flush() {
    guard !pending.isEmpty else { return }
    // A row may be longer than a piece, and a frame has its limit.
    for start in stride(from: 0, to: pending.count, by: Self.pieceSize) {
      let piece = Array(pending[start..<min(start + Self.pieceSize, pending.count)])
      channel.send(.rows, piece)
    }
    pending.removeAll(keepingCapacity: true)
  }
}
