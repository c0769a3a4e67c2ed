import FoundationEssentials
import Glibc
import Testing
import ZooArrays
import ZooSystem

/// A folder that disappears with the test.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/zoo-arrays-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes `bytes` to a file and gives its path.
  func file(_ bytes: [UInt8], _ name: String = "made.bin") throws -> String {
    let file = try AtomicFile(self(name))
    try file.write(bytes)
    try file.commit()
    return self(name)
  }

  /// The names of all files in it, hidden ones too.
  var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

/// A file made by Goldens/make.py.
func golden(_ name: String, _ source: String = #filePath) -> String {
  source.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Goldens/\(name)"
}

func contents(_ path: String) throws -> [UInt8] {
  try InputFile.contents(of: path, limit: 1 << 24)
}

/// What `body` throws, as the line a user would read; `nil` if it does not throw.
func refusal(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// `bytes` with one to four of them changed, and now and then one cut or doubled.
func damaged(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &generator) {
    let index = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<10, using: &generator) {
    case 0: bytes.remove(at: index)
    case 1: bytes.insert(bytes[index], at: index)
    case 2: bytes[index] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
    default: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    }
  }
  return bytes
}

func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
