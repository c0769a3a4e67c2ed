import FoundationEssentials
import Glibc
import Testing
import ZooDecoding
import ZooHelper
import ZooSystem

@testable import ZooImage

/// Helpers that decode pictures, and such that do not do what they should.
@Suite struct HelperPoolTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A helper that is a shell script. Another process makes it: were it open for writing in this one, a test beside
  /// this one that starts a process just then would hand it on, and it could not be run.
  private func script(_ body: String, timeout: Duration = .seconds(60)) throws -> HelperProgram {
    let source = "\(folder.path)/script\(UInt32.random(in: 0 ... .max))"
    try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(filePath: source))
    system("install -m 755 '\(source)' '\(source).run'")
    var program = PictureHelper.tiff.program
    program.path = source + ".run"
    program.timeout = timeout
    return program
  }

  private func decode(_ path: String, in pool: HelperPool) throws(DecodeFailure) -> StoredRows? {
    let bytes = (try? InputFile.contents(of: path, limit: 1 << 20)) ?? []
    return try bytes.withUnsafeBufferPointer { bytes throws(DecodeFailure) in
      try pool.decode(UnsafeRawBufferPointer(bytes), PictureOrder(.colour, .pillow, byteCount: bytes.count))
        .rows
    }
  }

  private func failure(_ program: HelperProgram) throws -> String {
    let error = #expect(throws: DecodeFailure.self) {
      try decode(foreignPath("rgb.tif"), in: HelperPool(.tiff, program))
    }
    let found = try #require(error)
    return found.reason.followed(by: found.advice)
  }

  /// The shell's command that writes frames.
  private func saying(_ frames: (kind: Wire.Kind, payload: [UInt8])...) -> String {
    let bytes = frames.flatMap { Wire.header($0.kind, count: $0.payload.count) + $0.payload }
    let digits = bytes.map { byte in
      let octal = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    return "printf '\(digits.joined())'; sleep 100"
  }

  private let small = PictureHead(width: 2, height: 2, isOpaque: true, hasMore: false).payload

  @Test(arguments: [
    ("kill -SEGV $$", "the TIFF helper crashed (signal 11); the file is damaged or hostile"),
    ("kill -XCPU $$", "used up its computing time"),
    ("exit 127", "a library is missing; install libtiff (Debian: libtiff6), or convert the picture to PNG"),
    ("exit 4", "is of another version of zoo"),
    ("exit 7", "ended early (exit status 7)"),
    ("echo 'What can I do for you?'; sleep 100", "does not speak its protocol"),
  ])
  func badHelper(_ body: String, _ reason: String) throws {
    let text = try failure(try script(body))
    #expect(text.contains(reason), "\(text)")
  }

  @Test func impossibleAnswers() throws {
    var (later, huge) = (WireWriter(), WireWriter())
    later.put(Wire.version + 1)
    for number in [Wire.version, 1 << 20, 1 << 20] { huge.put(number) }
    huge.put(true)
    huge.put(1)
    huge.put(false)
    let answers: [(String, String)] = [
      (saying((.picture, later.bytes)), "is of another version of zoo"),
      (saying((.picture, huge.bytes)), "impossible answer: has 1048576×1048576 pixels"),
      (saying((.picture, [1, 2])), "impossible answer: a message ends early"),
      (saying((.rows, [1, 2, 3])), "answered another question"),
      (saying((.picture, small), (.rows, Array(repeating: 1, count: 13))), "other pixels than its size"),
      (saying((.picture, small), (.rows, [])), "other pixels than its size"),
      (saying((.picture, small), (.picture, small)), "answered another question"),
      (saying((.failure, Wire.failure("is ugly", advice: "look away"))), "is ugly; look away"),
    ]
    for (body, reason) in answers {
      let text = try failure(try script(body))
      #expect(text.contains(reason), "\(text)")
    }
  }

  @Test func silentHelperIsStopped() throws {
    let text = try failure(try script("sleep 100", timeout: .milliseconds(100)))
    #expect(text.contains("gave no answer for 0.1 s and was stopped"))
  }

  @Test func withoutAHelperTheMessageSaysWhatToInstall() throws {
    let absence = PictureHelper.tiff.absence
    #expect(absence.reason == "zoo was built without libtiff, which reads TIFF pictures")
    #expect(absence.advice?.contains("install libtiff (Debian: libtiff-dev) and build zoo again") == true)
    var program = PictureHelper.tiff.program
    program.path = "/none"
    #expect(try failure(program).contains("/none: is not a program that can be started as the TIFF helper"))
  }

  /// How many helpers `program`, made by `counted`, has started.
  private var starts: [pid_t] {
    let text = (try? String(contentsOf: URL(filePath: folder.path + "/starts"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { pid_t($0) }
  }

  private func counted() throws -> HelperProgram {
    let real = try PictureHelper.tiff.program.locate()
    return try script("echo $$ >> '\(folder.path)/starts'; exec '\(real)' \"$@\"")
  }

  @Test(
    "A helper decodes many pictures, and is replaced after one that it cannot read",
    .enabled(if: isAvailable(.tiff)))
  func helpersAreUsedAgain() throws {
    let pool = HelperPool(.tiff, try counted())
    for _ in 0..<5 { #expect(try decode(foreignPath("rgb.tif"), in: pool)?.width == 21) }
    #expect(starts.count == 1)
    #expect(throws: DecodeFailure.self) { try decode("/dev/null", in: pool) }
    #expect(try decode(foreignPath("rgb.tif"), in: pool)?.height == 34)
    #expect(starts.count == 2)
  }

  @Test("A helper that has gone meanwhile costs no picture", .enabled(if: isAvailable(.tiff)))
  func goneMeanwhile() throws {
    let pool = HelperPool(.tiff, try counted())
    _ = try decode(foreignPath("rgb.tif"), in: pool)
    kill(try #require(starts.first), SIGKILL)
    #expect(try decode(foreignPath("rgb.tif"), in: pool)?.width == 21)
    #expect(starts.count == 2)
  }

  @Test("There are no more helpers than threads that decode", .enabled(if: isAvailable(.tiff)))
  func oneForEachThread() throws {
    let pool = HelperPool(.tiff, try counted())
    Threads.forEach(40) { _ in _ = try? decode(foreignPath("rgb.tif"), in: pool) }
    #expect((1...Threads.count).contains(starts.count))
  }
}
