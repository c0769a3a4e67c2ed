import Glibc
import Testing
import ZooSystem

/// What becomes of outputs when something is in their way.
@Suite struct OutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func convertedDemo() throws -> String {
    let path = folder.path + "/demo.zoo"
    try Program.succeed("convert", Program.demoBase, "-o", path)
    return path
  }

  /// `-o` with the name of an input, or of a link to it.
  @Test func anInputIsNotOverwritten() throws {
    let bytes = try InputFile.contents(of: Program.demoBase, limit: 1 << 24)
    let weights = try folder.file("weights.h5", bytes)
    let link = folder.path + "/link.zoo"
    symlink(weights, link)
    for output in [weights, link] {
      try Program.refuse(
        ["convert", weights, "-o", output], saying: [output, "is also an input", "another file"],
        writingNothingIn: folder)
    }
    let labels = try folder.file("labels.txt", (1...8).map { "\($0)\n" }.joined())
    try Program.refuse(
      ["convert", weights, "--labels", labels, "-o", labels], saying: [labels, "is also an input"],
      writingNothingIn: folder)
    try Program.succeed("convert", weights, "-o", folder.path + "/model.zoo")
    let model = folder.path + "/model.npz"
    symlink("model.zoo", model)
    for command in [["export", model, "-o", model], ["extract", model, folder.path, "-o", model]] {
      try Program.refuse(command, saying: [model, "is also an input"], writingNothingIn: folder)
    }
    #expect(try InputFile.contents(of: weights, limit: 1 << 24) == bytes)
  }

  @Test func aPipeIsNotReplaced() throws {
    let path = folder.path + "/pipe.zoo"
    mkfifo(path, 0o600)
    try Program.refuse(
      ["convert", Program.demoBase, "-o", path], saying: [path, "is not a regular file"],
      writingNothingIn: folder)
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func aLinkStaysALink() throws {
    let (target, link) = (try folder.file("target.zoo", "old"), folder.path + "/link.zoo")
    symlink("target.zoo", link)
    try Program.succeed("convert", Program.demoBase, "-o", link)
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    try Program.succeed("verify", target)
  }

  /// Results that cannot be written are no success.
  @Test func aFullStandardOutputIsAFailure() throws {
    let outcome = try Program.run(["list"], output: "/dev/full")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("zoo: standard output: cannot write: No space left on device"))
  }

  /// `script` in a shell, where `$0` is the program.
  private func shell(_ script: String) throws -> Program.Outcome {
    try Program.run(["-c", "cd '\(folder.path)'; " + script, Program.path], executable: "/bin/sh")
  }

  /// Files and pipes of the program must not be taken for its streams.
  @Test(arguments: ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"]) func closedStreamsAreNoFiles(_ closed: String)
    throws
  {
    let model = try convertedDemo()
    for ending in ["npz", "h5"] {
      let output = "\(folder.path)/out.\(ending)"
      let outcome = try shell(
        "timeout -s KILL 60 $0 extract '\(model)' '\(Program.root)/Tests/Goldens/demo/pixels.npy' -o out.\(ending) "
          + closed)
      #expect(outcome.status == (closed == "<&-" ? 0 : 1), "\(outcome)")
      #expect(access(output, F_OK) == 0)
      unlink(output)
    }
  }

  @Test func whatWaitsInTemporaryFilesIsGoneWhenNobodyListens() throws {
    let model = try convertedDemo()
    let pixels = Program.root + "/Tests/Goldens/demo/pixels.npy"
    let temporary = try TemporaryFolder()
    for end in [">/dev/full", "| true"] {
      _ = try shell("TMPDIR='\(temporary.path)' $0 extract '\(model)' '\(pixels)' -o out.h5 \(end)")
      #expect(Program.files(in: temporary.path) == [".", ".."], "\(end)")
    }
  }

  /// A mapped file goes away under the program: here the helper that is started half-way shortens it.
  @Test func aModelShortenedWhileItIsReadIsAFailure() throws {
    _ = try convertedDemo()
    let helper = Program.path.split(separator: "/").dropLast().joined(separator: "/") + "/zoo-hdf5"
    _ = try folder.file("helper", "#!/bin/sh\ntruncate -s 4096 demo.zoo\nexec /\(helper) \"$@\"\n")
    chmod(folder.path + "/helper", 0o755)
    let before = Program.files(in: folder.path)
    let outcome = try shell("ZOO_HDF5_HELPER=./helper timeout -s KILL 60 $0 export demo.zoo -o out.h5")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("zoo: a file was shortened while it was being read"), "\(outcome)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(Program.files(in: folder.path) == before)
  }

  /// Interrupted while the features are being written: neither the output nor a part of it is left.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP], ["npz", "h5"])
  func anInterruptedRunLeavesNothing(_ signal: Int32, _ ending: String) throws {
    let model = try convertedDemo()
    let pixels = try folder.file("pixels.npy", Self.pixels(count: 400, size: 128))
    let before = Program.files(in: folder.path)
    let command = ["extract", model, pixels, "--layer", "conv1", "--pooling", "none"]
    let running = try Program.start(command + ["-o", "\(folder.path)/out.\(ending)"])
    running.wait { Program.files(in: folder.path) != before }
    kill(running.process, signal)
    let outcome = try running.finish()
    #expect(outcome.status == -signal, "\(outcome.errors)")
    #expect(Program.files(in: folder.path) == before)
  }

  /// A `.npy` of black pictures; its header as in NumPy's format 1.0.
  private static func pixels(count: Int, size: Int) -> [UInt8] {
    let shape = "(\(count), \(size), \(size), 3)"
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': \(shape), }"
    let padded = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8)
      + [UInt8](repeating: 0, count: count * size * size * 3)
  }
}
