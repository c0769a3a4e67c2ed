import Glibc
import Testing
import ZooHDF5
import ZooSystem

/// Helpers that do not do what they should.
@Suite struct HelperTests {
  let folder = TemporaryFolder()

  private func message(_ helper: HDF5Helper) -> String {
    do {
      _ = try HDF5File(fixtures + "keras.h5", helper: helper)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("kill -SEGV $$", "crashed (signal 11); the file is damaged or hostile: download it again"),
    ("kill -XCPU $$", "used up its computing time"),
    ("exit 127", "cannot start: a library is missing; install the HDF5 library"),
    ("exit 7", "ended early (exit status 7)"),
    ("exec <&- >&-; sleep 100", "ended early"),
    ("echo 'What can I do for you?'", "does not speak its protocol"),
    // A listing of 4 GiB.
    (#"printf '\001\114\132\061\377\377\377\377'; sleep 100"#, "does not speak its protocol"),
    // A listing of 16 bytes: version 2, then a name of 2^56 bytes.
    (
      #"printf '\001\114\132\061\020\000\000\000\002\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001'"#,
      "impossible answer: a message ends early"
    ),
    // Version 2.
    (
      #"printf '\001\114\132\061\010\000\000\000\003\000\000\000\000\000\000\000'"#,
      "it speaks version 3 of the protocol, not 2"
    ),
    // A piece that nobody asked for.
    (#"printf '\002\114\132\061\000\000\000\000'"#, "answered another question"),
    // A reason over two lines, with a command to the terminal.
    (#"printf '\003\114\132\061\005\000\000\000a\nb\033c'; sleep 100"#, "keras.h5: a b c; "),
  ])
  func badHelper(_ script: String, _ reason: String) throws {
    let text = message(try folder.script(script))
    #expect(text.contains(reason))
    #expect(text.hasPrefix(fixtures + "keras.h5: "))
  }

  @Test func silentHelperIsStopped() throws {
    var helper = try folder.script("sleep 100")
    helper.timeout = .milliseconds(100)
    #expect(message(helper).contains("gave no answer for 0.1 s and was stopped"))
  }

  @Test func chattyHelperIsStopped() throws {
    var helper = try folder.script(
      #"printf '\001\114\132\061\000\000\000\003'; while printf x; do sleep 0.01; done"#)
    helper.timeout = .milliseconds(300)
    #expect(message(helper).contains("gave no answer for 0.3 s and was stopped"))
  }

  @Test func missingHelper() {
    let text = message(HDF5Helper(path: folder.path + "/none"))
    #expect(text.contains("/none: is not a program that can be started as the HDF5 helper"))
  }

  /// A path given in code is taken first, then the variable, then the folder of this program.
  @Test func whereTheHelperIsFound() throws {
    let helper = try #require(try folder.script("exit 0").path)
    let found = try HDF5Helper().locate { $0 == "PATH" ? folder.path : nil }
    #expect(found.hasSuffix("/zoo-hdf5") && !found.hasPrefix(folder.path))
    #expect(try HDF5Helper().locate { $0 == "ZOO_HDF5_HELPER" ? helper : nil } == helper)
    #expect(try HDF5Helper(path: helper).locate { _ in "/none" } == helper)
    #expect(
      throws: FileError(
        "/none", "is not a program that can be started as the HDF5 helper",
        advice: "correct or unset ZOO_HDF5_HELPER")
    ) { try HDF5Helper().locate { _ in "/none" } }
  }

  @Test func helperOfAnotherKindOfMachine() throws {
    let path = try folder.program([1, 2, 3])
    #expect(message(HDF5Helper(path: path)).contains("the HDF5 helper cannot be started: Exec format error"))
  }

  /// The real helper, killed between two answers.
  @Test func helperMayDieLater() throws {
    let real = try HDF5Helper().locate()
    let helper = try folder.script("echo $$ > '\(folder.path)/pid'; exec '\(real)' \"$@\"")
    let file = try HDF5File(fixtures + "storage.h5", helper: helper)
    let pid = String(decoding: try InputFile.contents(of: folder.path + "/pid", limit: 100), as: UTF8.self)
    kill(try #require(pid_t(pid.dropLast())), SIGKILL)
    for _ in 0..<2 {
      #expect {
        try file.values("gzip", Float.self)
      } throws: { "\($0)".contains("crashed (signal 9)") }
    }
    #expect(try file.values("contiguous", Float.self) == ReadingTests.quarters)
  }

  /// Neither descriptors nor processes are left over.
  @Test func nothingIsLeftBehind() throws {
    var helper = try folder.script("echo $$ >> '\(folder.path)/pids'; exec sleep 100")
    helper.timeout = .milliseconds(50)
    var pids: [pid_t] = []
    while pids.count < 3 {
      _ = message(helper)
      // A busy machine may need longer to start it.
      helper.timeout *= 2
      let bytes = (try? InputFile.contents(of: folder.path + "/pids", limit: 1000)) ?? []
      pids = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { pid_t($0) }
      try #require(helper.timeout < .seconds(60))
    }
    #expect(pids.allSatisfy { kill($0, 0) != 0 })
  }
}
