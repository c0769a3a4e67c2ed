import Glibc
import Synchronization
import ZooSystem

/// Packages that depend on this one by path, built beside its own build. They share a folder, so that the modules of
/// this package are compiled once for all of them.
public enum NestedBuild {
  /// What a program came to.
  public struct Outcome {
    public var status: Int32
    /// Both streams.
    public var output: String
  }

  private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  private static let scratch = root + "/.build/nested"
  private static let turns = Mutex<Void>(())

  /// Builds the package in a folder of the repository.
  ///
  /// - Returns: where the products are.
  public static func build(_ package: String) throws -> String {
    try turns.withLock { _ in
      // The plan of the last build; SwiftPM does not make it again for a file that is new in the package asked for.
      unlink(scratch + "/debug.yaml")
      let outcome = try run([
        "swift", "build", "--package-path", "\(root)/\(package)", "--scratch-path", scratch,
        "-Xswiftc", "-warnings-as-errors",
      ])
      guard outcome.status == 0 else { throw Failed(package: package, output: outcome.output) }
    }
    return scratch + "/debug"
  }

  private struct Failed: Error {
    var package: String
    var output: String
  }

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - home: where it keeps caches; by default the user's own folder.
  ///   - input: a file for its standard input.
  public static func run(
    _ command: [String], home: String? = nil, input: String = "/dev/null"
  ) throws -> Outcome {
    let folder = try TemporaryFolder()
    let output = folder.path + "/output"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    let variables: [String] = home.map { ["HOME=\($0)", "PATH=/usr/bin:/bin"] } ?? []
    var own: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for text in arguments + own { free(text) } }
    var process: pid_t = 0
    let status = own.withUnsafeMutableBufferPointer { own in
      posix_spawnp(&process, command[0], &actions, nil, &arguments, home == nil ? environ : own.baseAddress)
    }
    guard status == 0 else { throw FileError(command[0], failed: "start", errno: status) }
    var end: Int32 = 0
    while waitpid(process, &end, 0) < 0, errno == EINTR {}
    let said = try InputFile.contents(of: output, limit: 1 << 26)
    return Outcome(
      status: end & 0x7F == 0 ? end >> 8 & 0xFF : -(end & 0x7F), output: String(decoding: said, as: UTF8.self)
    )
  }
}
