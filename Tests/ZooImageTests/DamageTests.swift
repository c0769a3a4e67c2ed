import FoundationEssentials
import Testing
import ZooDecoding
import ZooGraph

@testable import ZooImage

/// Pictures whose first frame ends long before the file does.
private let animated: Set<String> = ["animated.gif", "animated.webp"]

private func load(_ bytes: some Collection<UInt8>, _ mode: ResizeMode) throws(DecodeFailure) -> [Float] {
  let loader = ImageLoader(height: 3, width: 4, resize: mode)
  let copy = Array(bytes)
  var pixels = [Float](repeating: -1, count: loader.count)
  try pixels.withUnsafeMutableBufferPointer { pixels throws(DecodeFailure) in
    guard let start = pixels.baseAddress else { return }
    try copy.withUnsafeBufferPointer { bytes throws(DecodeFailure) in
      _ = try loader.load(UnsafeRawBufferPointer(bytes), into: start)
    }
  }
  return pixels
}

@Suite("Damaged pictures are errors, never crashes")
struct DamageTests {
  @Test(arguments: sampleNames)
  func truncatedAtEveryLength(_ name: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: samplePath(name))))
    let endsExactly = name.hasSuffix(".jpg") || name.hasSuffix(".png")
    let mustFailBelow = endsExactly ? bytes.count : animated.contains(name) ? 16 : bytes.count * 3 / 4
    let passing = bytes.indices.filter { count in
      (try? load(bytes.prefix(count), count.isMultiple(of: 2) ? .bilinear : .lanczos)) != nil
    }
    #expect(passing.allSatisfy { $0 >= mustFailBelow }, "lengths \(passing) of \(bytes.count)")
  }

  @Test(arguments: sampleNames)
  func everyByteChanged(_ name: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: samplePath(name))))
    let wrong = bytes.indices.filter { index in
      var damaged = bytes
      damaged[index] ^= index.isMultiple(of: 2) ? 0xFF : 0x01
      let pixels = (try? load(damaged, .bilinear)) ?? []
      return !pixels.allSatisfy { (0...255).contains($0) }
    }
    #expect(wrong.isEmpty, "changed bytes that give pixels out of range")
  }

  @Test("JPEG: bytes behind the end do not matter")
  func benignJPEG() throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: samplePath("rgb.jpg"))))
    #expect(try load(bytes + Array("anything".utf8), .bilinear) == load(bytes, .bilinear))
  }

  @Test("JPEG: a scan repeated without end is refused")
  func endlessScans() throws {
    var bytes = Array(try Data(contentsOf: URL(filePath: samplePath("progressive.jpg"))))
    let lastScan = try #require(bytes.indices.last { bytes[$0...].starts(with: [0xFF, 0xDA]) })
    let scan = bytes[lastScan..<bytes.count - 2]
    bytes.removeLast(2)
    for _ in 0..<600 { bytes += scan }
    bytes += [0xFF, 0xD9]
    let error = #expect(throws: DecodeFailure.self) { try load(bytes, .bilinear) }
    #expect(error?.reason.contains("too many progressive scans") == true)
  }
}
