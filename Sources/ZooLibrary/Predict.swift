import ZooSystem

extension Model {
  /// Makes the model ready to name classes.
  ///
  /// - Parameters:
  ///   - threshold: the probability above which a class counts, of a model that decides on each class by itself; the
  ///     model's own for each class where none is given.
  ///   - precision: what to compute with.
  /// - Throws: `FileError` for a model without classes; `EngineError` for damaged weights and for a precision that the
  ///   processor does not have; `CancellationError`.
  public func predictor(
    threshold: Double? = nil, precision: Precision = .float32
  ) async throws -> Predictor {
    try await LongWork.run {
      guard threshold == nil || file.decidesOnEachClass else {
        throw FileError(
          file.path, "tells one class of many, which needs no threshold", advice: "leave it out")
      }
      return try Predictor(file, thresholds: threshold.map { file.thresholds($0) }, precision: precision)
    }
  }
}

extension Predictor {
  /// What the model answers to pictures, wherever they are.
  ///
  /// - Parameters:
  ///   - pictures: files, bytes of files, or pixels.
  ///   - top: how many classes to name.
  ///   - resize: another method than the model's own.
  ///   - skipBad: leave out pictures that cannot be read, instead of throwing.
  ///   - progress: in answers: of a model with several outputs one for each.
  /// - Throws: `FileError` for the first picture that cannot be read unless `skipBad`; `NoReadablePicture` where none
  ///   is left; `CancellationError`.
  public func predictions(
    of pictures: [Picture], top: Int = 5, resize: ResizeMode? = nil, skipBad: Bool = false,
    progress: ProgressHandler = { _, _ in }
  ) async throws -> Predictions {
    try await LongWork.run {
      let pictures = Pictures.given(
        pictures, Pictures.Decoding(resize ?? model.resize, exif: model.exif == true))
      let total = answerCount(of: pictures)
      var done = 0
      return try predictions(of: pictures, top: top, skipBad: skipBad) { count in
        done += count
        progress(done, total)
      }
    }
  }
}
