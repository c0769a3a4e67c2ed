import Glibc

/// What went wrong with a file, and what to do about it. One line, made for a person to read.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, or what else it is about.
  public var path: String
  /// What is wrong with it.
  public var reason: String
  /// The next thing to try.
  public var advice: String?

  /// - Parameter advice: the next thing to try.
  public init(_ path: String, _ reason: String, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.advice = advice
  }

  /// The last failed system call, as in `weights.h5: cannot open: Permission denied`.
  public init(_ path: String, failed action: String, errno code: Int32 = errno) {
    self.init(path, "cannot \(action): \(String(cString: strerror(code)))", advice: Self.advice(for: code))
  }

  public var description: String {
    "\(path.isEmpty ? "''" : path): \(reason.shortened(to: 1_000))".followed(by: advice).printable
  }

  private static func advice(for code: Int32) -> String? {
    switch code {
    case ENOENT: "check the path"
    case EACCES, EPERM: "check the permissions"
    case EROFS: "choose a folder that can be written"
    case ENOSPC, EDQUOT: "free some space, or choose another place"
    case EISDIR: "give a file, not a folder"
    case ENOTDIR: "a part of the path is a file"
    case EMFILE, ENFILE: "too many files are open: see ulimit -n"
    default: nil
    }
  }
}
