import ZooSystem

extension Model {
  /// Makes the model ready to turn pictures into features.
  ///
  /// - Parameter options: the layer, how its maps become vectors, and what to compute with.
  /// - Throws: `FileError` for an unknown layer (with the nearest names) or damaged weights; `EngineError` for a
  ///   precision that the processor does not have; `CancellationError`.
  public func extractor(
    _ options: FeatureExtractor.Options = FeatureExtractor.Options()
  ) async throws -> FeatureExtractor {
    try await LongWork.run { try FeatureExtractor(file, options) }
  }
}

extension FeatureExtractor {
  /// The features of pictures, wherever they are.
  ///
  /// - Parameters:
  ///   - pictures: files, bytes of files, or pixels.
  ///   - resize: another method than the model's own.
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing; they are in `skipped` then.
  ///   - progress: in pictures.
  /// - Returns: a row of values a picture, in order.
  /// - Throws: `FileError` for the first picture that cannot be read unless `skipBad`; `NoReadablePicture` where none
  ///   is left; `CancellationError`.
  public func features(
    of pictures: [Picture], resize: ResizeMode? = nil, skipBad: Bool = false,
    progress: ProgressHandler = { _, _ in }
  ) async throws -> FeatureMatrix {
    try await LongWork.run {
      var done = 0
      return try features(
        of: .given(pictures, Pictures.Decoding(resize ?? model.resize, exif: model.exif == true)),
        skipBad: skipBad
      ) { count in
        done += count
        progress(done, pictures.count)
      }
    }
  }

  /// Writes the features of folders and picture files, or of an array of pixels (`.npy`), into a file: as
  /// `zoo extract` does it, with paths, labels and split where the format has room for them.
  ///
  /// - Parameters:
  ///   - inputs: folders and files, or one array.
  ///   - output: its ending is the format: one of `FeatureFormat`.
  ///   - resize: another method than the model's own.
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing.
  ///   - progress: in pictures.
  /// - Returns: the pictures that were left out.
  /// - Throws: as ``features(of:resize:skipBad:progress:)``, and `FileError` when the file cannot be written; no file
  ///   appears then.
  @discardableResult
  public func write(
    _ inputs: [String], to output: String, resize: ResizeMode? = nil, skipBad: Bool = false,
    progress: ProgressHandler = { _, _ in }
  ) async throws -> [BadPicture] {
    try await LongWork.run {
      try checkOutput(output, isNoneOf: inputs)
      let pictures = try Pictures(
        inputs, Pictures.Decoding(resize ?? model.resize, exif: model.exif == true), shape: inputShape)
      var done = 0
      return try write(
        pictures, to: output, skipBad: skipBad,
        progress: { count in
          done += count
          progress(done, pictures.count)
        })
    }
  }
}
