import Dispatch
import Synchronization
import ZooFile
import ZooGraph
import ZooHDF5
import ZooPlugin
import ZooSystem

/// A Keras file that has been recognised and is ready to be written as a `.zoo` file.
public struct KerasImport: Sendable {
  /// The file.
  public let path: String
  /// What it holds.
  public let source: KerasSource
  /// Which network it is.
  public let recognition: Recognition
  private let request: ImportRequest

  /// Opens and recognises a file. Reads no tensor yet.
  ///
  /// - Throws: `FileError` when it cannot be read, is of an unknown network, or does not fit what is asked.
  public init(
    _ path: String, _ request: ImportRequest = ImportRequest(), registry: Registry,
    helper: HDF5Helper = HDF5Helper()
  ) throws(FileError) {
    self.path = path
    self.request = request
    var source = try KerasSource.open(path, helper: helper)
    if let config = request.config {
      try source.take(configuration: config, for: path)
    } else if let config = try source.configurationBeside(path) {
      try source.take(configuration: config, for: path)
    }
    if source.labels == nil, request.labels == nil {
      source.labels = try KerasSource.labelsBeside(path)
    }
    self.source = source
    recognition = try Recognizer(registry: registry, source: source, path: path, request: request)
      .recognize()
    if let labels = request.labels { try check(labels) }
  }

  /// The names of the classes: those that were given, or that lie beside the model, as many as it has classes.
  public var labels: [String]? {
    request.labels ?? source.labels.flatMap { $0.names.count == recognition.classes ? $0.names : nil }
  }

  private func check(_ labels: [String]) throws(FileError) {
    guard let classes = recognition.classes else {
      throw FileError(
        path, "has no top, so it has no classes to be labelled", advice: "leave the labels out")
    }
    guard labels.count == classes else {
      throw FileError(
        path, "has \(classes) classes, but \(labels.count) labels were given",
        advice: "give one label a line, in the order of the classes")
    }
  }

  /// The bytes of all tensors that ``write(to:progress:)`` writes.
  public var byteCount: Int { recognition.match.applied.reduce(0) { $0 + $1.tensor.dataset.byteCount } }

  /// Writes the `.zoo` file: every tensor bit for bit as it is, in the source's own type.
  ///
  /// - Parameter progress: called with the bytes written since the last call.
  /// - Returns: what was done, with warnings.
  /// - Throws: `FileError`, also when the output cannot be written, and `CancellationError` in a task that is
  ///   cancelled; no output file appears then.
  public func write(to output: String, progress: (Int) -> Void = { _ in }) throws -> ImportReport {
    try checkOutput(output, isNoneOf: [path])
    let writer = try ZooFileWriter(output, model: try description(), compress: request.compress)
    let digest = Background { try Digest.ofFile(path) }
    // Also after a failure: no thread is left behind that a program's end would pull libraries away from.
    defer { digest.wait() }
    var warnings = recognition.notes
    if recognition.preprocessingReason == .assumed {
      warnings.append(
        "the file does not tell how its pixels are prepared: they are left as they are, 0…255; "
          + "--preprocessing unit, tf, caffe or torch if they were not")
    }
    let (applied, unused) = (recognition.match.applied, recognition.match.unused)
    if let first = unused.first, request.includeTop != false {
      warnings.append("\(unused.count) tensors are not used, the first is '\(first.tensor.name)'")
    }
    if let found = source.labels, labels == found.names {
      warnings.append("class names were taken from '\(found.file)'")
    } else if let found = source.labels, request.labels == nil, let classes = recognition.classes {
      warnings.append(
        "'\(found.file)' has \(found.names.count) names, but there are \(classes) classes: it was not used")
    }
    var bytes = 0

    for weight in applied {
      var scan = NonFiniteScan(type: weight.type)
      try writer.write(weight.info) { writer in
        try read(weight) { piece in
          try Task.checkCancellation()
          scan.add(piece)
          try writer.append(piece)
          progress(piece.count)
        }
      }
      bytes += weight.tensor.dataset.byteCount
      if scan.count > 0 {
        let all = weight.tensor.elementCount ?? 0
        warnings.append(
          "layer '\(weight.layer)', \(weight.spec.name): \(scan.count) of \(all) values are NaN or infinite")
      }
    }
    let sha256 = try digest.value()
    writer.model.provenance.sourceSHA256 = sha256
    try writer.finish()
    return ImportReport(self, output: output, bytes: bytes, sourceSHA256: sha256, warnings: warnings)
  }

  func read(_ weight: WeightMatch.Applied, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let file = source.files[weight.tensor.file]
    guard source.backend == "theano", weight.spec.role == .kernel, weight.spec.shape.count == 4 else {
      return try file.read(weight.tensor.dataset, body)
    }
    // Theano's convolution turns the kernel around, TensorFlow's does not.
    let stored = try file.bytes(of: weight.tensor.dataset, limit: 1 << 30)
    try turned(stored, weight.spec.shape, elementSize: weight.type.size).withUnsafeBytes(body)
  }

  /// A kernel upside down and mirrored.
  private func turned(_ bytes: [UInt8], _ shape: [Int], elementSize: Int) -> [UInt8] {
    let pixel = shape[2] * shape[3] * elementSize
    return stride(from: bytes.count - pixel, through: 0, by: -pixel).flatMap { bytes[$0..<($0 + pixel)] }
  }

  private func description() throws(FileError) -> ModelDescription {
    let isPublishedTop =
      recognition.base?.labels == "imagenet" && recognition.classifier == .base
      && recognition.classes == imageNetLabels.count
    return ModelDescription(
      base: recognition.base?.name, includeTop: recognition.includeTop, graph: recognition.graph.graph,
      preprocessing: recognition.preprocessing, preprocessingReason: recognition.preprocessingReason.rawValue,
      labels: labels ?? (isPublishedTop ? imageNetLabels : nil),
      provenance: Provenance(
        createdBy: "zoo \(zooVersion)", sourceName: path.split(separator: "/").last.map(String.init),
        sourceSize: try size(), layout: source.layout.rawValue, kerasVersion: source.kerasVersion,
        backend: source.backend, sourceLayers: source.listing))
  }

  private func size() throws(FileError) -> Int {
    return try InputFile(path).size
  }
}

extension WeightMatch.Applied {
  var type: ElementType { tensor.dataset.elementType ?? .float32 }

  var info: TensorInfo {
    TensorInfo(
      layer: layer, weight: spec.name, type: type, shape: spec.shape, sourceLayer: sourceLayer,
      sourceWeight: tensor.name)
  }
}

/// A value computed on another thread.
private final class Background<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let group = DispatchGroup()

  init(_ body: @escaping @Sendable () throws -> Value) {
    group.enter()
    Threads.beside { [self] in
      let value = Result { try body() }
      result.withLock { $0 = value }
      group.leave()
    }
  }

  func wait() { group.wait() }

  /// Waits for it.
  func value() throws -> Value {
    wait()
    guard let result = result.withLock({ $0 }) else { throw CancellationError() }
    return try result.get()
  }
}

/// Counts values that are NaN or infinite: those whose exponent bits are all set.
private struct NonFiniteScan {
  let type: ElementType
  private(set) var count = 0

  init(type: ElementType) {
    self.type = type
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    switch type {
    case .float32: count += matches(bytes, mask: UInt32(0x7F80_0000))
    case .float64: count += matches(bytes, mask: UInt64(0x7FF0_0000_0000_0000))
    case .float16: count += matches(bytes, mask: UInt16(0x7C00))
    case .bfloat16: count += matches(bytes, mask: UInt16(0x7F80))
    default: return
    }
  }

  private func matches<Bits: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer, mask: Bits
  ) -> Int {
    let values = bytes.bindMemory(to: Bits.self)
    var count = 0
    for value in values where value & mask == mask { count += 1 }
    return count
  }
}
