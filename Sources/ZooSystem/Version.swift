import CZooVersion

/// The version of these modules and of the program `zoo`, as the repository's file `VERSION` has it.
public let zooVersion = String(cString: zoo_version_file()).trimmed

/// The version of Swift's standard library, major and minor: which patch it is it does not know of itself.
public let swiftVersion = "\(_SwiftStdlibVersion.current)".split(separator: ".").prefix(2).joined(
  separator: ".")
