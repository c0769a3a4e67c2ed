import Synchronization
import ZooDecoding
import ZooHelper
import ZooSystem

/// The running helpers of one kind. They live as long as this process, one for each thread that decodes at a time, and
/// wait for the next picture when they have nothing to do.
final class HelperPool: Sendable {
  private static let pools = PictureHelper.allCases.map { HelperPool($0, $0.program) }

  static func of(_ helper: PictureHelper) -> HelperPool {
    guard let pool = pools.first(where: { $0.kind == helper }) else {
      preconditionFailure("no pool for \(helper)")
    }
    return pool
  }

  /// One thread at a time has it.
  private struct Idle: @unchecked Sendable {
    let process: HelperProcess
  }

  private let kind: PictureHelper
  private let program: HelperProgram
  private let idle = Mutex<[Idle]>([])

  /// - Parameter program: what is started.
  init(_ kind: PictureHelper, _ program: HelperProgram) {
    self.kind = kind
    self.program = program
  }

  /// A decoded picture, not yet turned.
  struct Answer {
    let head: PictureHead
    /// `nil` for the opacity of an opaque picture.
    let rows: StoredRows?
  }

  func decode(_ bytes: UnsafeRawBufferPointer, _ order: PictureOrder) throws(DecodeFailure) -> Answer {
    if let process = idle.withLock({ $0.popLast() })?.process {
      do throws(FileError) {
        return try decode(bytes, order, in: process)
      } catch {
        // What an earlier picture has done to the helper, or somebody who ended it, is not this picture's fault.
        guard process.failure != nil else { throw DecodeFailure(error.reason, advice: error.advice) }
      }
    }
    let process = try start()
    do throws(FileError) {
      return try decode(bytes, order, in: process)
    } catch {
      throw DecodeFailure(error.reason, advice: error.advice)
    }
  }

  private func start() throws(DecodeFailure) -> HelperProcess {
    do throws(FileError) {
      if let path = try program.find() {
        var program = program
        program.path = path
        return try HelperProcess(
          program, ["decode", "-"], subject: "",
          advice: .init(onRefusal: nil, onLoss: "the file is damaged or hostile: replace or remove it"))
      }
    } catch {
      throw DecodeFailure("cannot be read: \(error.path): \(error.reason)", advice: error.advice)
    }
    throw DecodeFailure("cannot be read: \(kind.absence.reason)", advice: kind.absence.advice)
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, _ order: PictureOrder, in process: HelperProcess
  ) throws(FileError) -> Answer {
    try send(bytes, order, to: process)
    let head = try receiveHead(from: process)
    let count = head.byteCount(of: order.part)
    let rows = count > 0 ? StoredRows(width: head.width, height: head.height) : nil
    if let rows {
      try receive(UnsafeMutableRawBufferPointer(start: rows.pixels, count: count), from: process)
      if order.part == .alpha { spreadLevels(rows.pixels, head.width * head.height) }
    }
    // A helper that has failed is not used again.
    idle.withLock { $0.append(Idle(process: process)) }
    rows?.hasMore = head.hasMore
    return Answer(head: head, rows: rows)
  }

  private func send(
    _ bytes: UnsafeRawBufferPointer, _ order: PictureOrder, to process: HelperProcess
  ) throws(FileError) {
    try process.send(.picture, order.payload)
    for start in stride(from: 0, to: bytes.count, by: PictureOrder.pieceSize) {
      let end = min(start + PictureOrder.pieceSize, bytes.count)
      try process.send(.bytes, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }
  }

  private func receiveHead(from process: HelperProcess) throws(FileError) -> PictureHead {
    let payload = try process.receive(.picture)
    do throws(WireError) {
      return try PictureHead(payload)
    } catch {
      throw process.incredible(error)
    }
  }

  private func receive(
    _ pixels: UnsafeMutableRawBufferPointer, from process: HelperProcess
  ) throws(FileError) {
    var done = 0
    while done < pixels.count {
      let count = try process.receiveHeader(.rows)
      guard count > 0, count <= pixels.count - done else {
        throw process.incredible(WireError("it has other pixels than its size"))
      }
      try process.receive(into: UnsafeMutableRawBufferPointer(rebasing: pixels[done..<done + count]))
      done += count
    }
  }
}
