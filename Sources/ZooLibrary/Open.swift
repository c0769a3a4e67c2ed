import ZooSystem

extension Model {
  /// Opens a model by name: a `.zoo` file, a base that was fetched, or a Keras file, which is converted once into the
  /// user's store of models.
  ///
  /// - Parameters:
  ///   - name: a path, or the base's name.
  ///   - registry: the known bases; asked for where it takes more than opening a `.zoo` file.
  ///   - progress: of a conversion, in bytes.
  /// - Throws: `StoreError` for a name that stands for nothing; `FileError` for what is wrong with a file;
  ///   `CancellationError`.
  public static func open(
    _ name: String, registry: @autoclosure @Sendable () -> Registry = Registry(),
    progress: ProgressHandler = { _, _ in }
  ) async throws -> Model {
    try await LongWork.run {
      let opened = try ModelStore().open(name, registry: registry, progress: progress)
      return Model(opened.file, warnings: opened.warnings)
    }
  }

  /// Converts a Keras file (`.h5`, `.weights.h5`, `.keras`) or an ONNX model into a `.zoo` file, and opens that.
  ///
  /// - Parameters:
  ///   - source: the file.
  ///   - output: where to write the `.zoo` file.
  ///   - request: what is known of the source; by default it is recognised.
  ///   - registry: the known bases.
  ///   - progress: in bytes.
  /// - Returns: the model; its ``warnings`` tell what was assumed or left over.
  /// - Throws: `FileError` when the source cannot be read, is not supported, does not fit what is asked, and when the
  ///   output cannot be written; `CancellationError`.
  public static func convert(
    _ source: String, to output: String, _ request: ImportRequest = ImportRequest(),
    registry: @autoclosure @Sendable () -> Registry = Registry(), progress: ProgressHandler = { _, _ in }
  ) async throws -> Model {
    try await LongWork.run {
      let conversion = try ModelConversion(
        of: source, to: output, request, registry: registry, progress: progress)
      return Model(try ZooFile(output), warnings: conversion.warnings)
    }
  }

  /// Downloads the weights that Keras publishes for a base into the user's store of models, and converts them, unless
  /// they are there already.
  ///
  /// - Parameters:
  ///   - base: the base's name, such as `mobilenetv2_0.35_224`.
  ///   - includeTop: with its classifier.
  ///   - registry: the known bases.
  ///   - report: told of everything that happens, from any thread.
  /// - Throws: `RegistryError` for a base that is not known; `StoreError` when it cannot be downloaded, or is not what
  ///   was published; `FileError` when a file cannot be written; `CancellationError`: what has arrived is then kept,
  ///   and the next call continues it.
  public static func fetch(
    _ base: String, includeTop: Bool = true, registry: @autoclosure @Sendable () -> Registry = Registry(),
    report: @escaping @Sendable (BaseFetch.Event) -> Void = { _ in }
  ) async throws -> Model {
    try await LongWork.run {
      let registry = registry()
      let fetch = try BaseFetch(try registry.base(named: base), includeTop: includeTop)
      let outcome = try fetch.run(registry: registry, report: report)
      return Model(try ZooFile(outcome.output), warnings: outcome.conversion?.warnings ?? [])
    }
  }
}
