import Testing
import Zoo
import ZooSystem

/// Convert, extract, predict, train, export: what a first program does, with one import.
@Suite struct CommonWayTests {
  private let demo: Demo

  init() throws { demo = try Demo() }

  @Test func aKerasFileBecomesAModel() async throws {
    let model = try await demo.convert()
    #expect(model.name == "mobilenet_0.25_128" && model.inputShape == .map(128, 128, 3))
    #expect(try await Model.open(demo.path("demo.zoo")).file.digests == model.file.digests)
    try await model.verify()
  }

  /// Files, their bytes and their pixels, in one call.
  @Test func picturesGiveTheSameFeaturesFromEverywhere() async throws {
    let extractor = try await demo.convert().extractor()
    var pictures: [Picture] = []
    for number in 0..<3 {
      let path = demo.path("\(number).bmp")
      try demo.write(try Demo.bmp(number), to: path)
      pictures += [
        .file(path), .encoded(try Demo.bmp(number), name: "upload"), .pixels(try Demo.picture(number)),
      ]
    }
    let features = try await extractor.features(of: pictures)
    #expect(features.count == 9 && features.width == 256)
    for first in stride(from: 0, to: 9, by: 3) {
      #expect(features.row(first).elementsEqual(features.row(first + 1)))
      #expect(features.row(first).elementsEqual(features.row(first + 2)))
    }
    #expect(!features.row(0).elementsEqual(features.row(3)))
    // As the parts compute it.
    let parts = try FeatureExtractor(ZooFile(demo.path("demo.zoo")))
    let loader = ImageLoader(height: 128, width: 128)
    #expect(try parts.run(loader.load(pictures[0]), count: 1).elementsEqual(features.row(0)))
  }

  @Test func predictionsAreNamedAndCounted() async throws {
    let labels = (0..<8).map { "class \($0 * $0)" }
    let predictor = try await demo.convert(ImportRequest(labels: labels)).predictor()
    let told = Told()
    let answers = try await predictor.predictions(of: Demo.pictures(40), top: 3) { done, total in
      told.note(done, of: total)
    }
    #expect(answers.pictures.map(\.path) == (0..<40).map { "picture \($0)" } && answers.skipped.isEmpty)
    #expect(
      answers.pictures.allSatisfy { $0.predictions.count == 3 && labels.contains($0.predictions[0].label) })
    #expect(answers.pictures.allSatisfy { $0.predictions[0].score >= $0.predictions[1].score })
    #expect(told.all == [[32, 40], [40, 40]])
  }

  @Test func badPicturesAreNamedOrLeftOut() async throws {
    let extractor = try await demo.convert().extractor()
    let pictures = [try Demo.pictures(1)[0], .encoded([1, 2, 3], name: "upload 2")]
    let error = await #expect(throws: FileError.self) { try await extractor.features(of: pictures) }
    #expect(try #require(error).path == "upload 2")
    let features = try await extractor.features(of: pictures, skipBad: true)
    #expect(features.indices == [0] && features.skipped.map(\.path) == ["upload 2"])
    await #expect(throws: NoReadablePicture.self) {
      try await extractor.features(of: [pictures[1]], skipBad: true)
    }
  }

  @Test func aClassifierIsTrainedSavedAndExported() async throws {
    let base = try await demo.convert(ImportRequest(includeTop: false))
    let data = try Dataset(try demo.classes(10), validationSplit: 0.2, seed: 1)
    var options = TransferOptions(
      head: try Head("dense:8:relu,dense"), stages: [Stage(LayerSelection("head"), epochs: 3)])
    options.cacheFolder = CacheFolder(demo.path("cache"))
    let trained = try await base.train(
      on: data, options, writing: demo.path("own.zoo"), checkpoint: demo.path("own.checkpoint"))
    #expect(trained.history.count == 3 && trained.history.contains(trained.best))
    #expect(trained.model.classNames == ["even", "odd"])
    #expect(!demo.files.contains("own.checkpoint"))
    let answers = try await trained.model.predictor().predictions(of: Demo.pictures(1))
    #expect(Set(answers.pictures[0].predictions.map(\.label)) == ["even", "odd"])
    let report = try await trained.model.export(to: demo.path("own.keras"))
    #expect(report.tensors == trained.model.file.tensors.count)
    let back = try await Model.convert(demo.path("own.keras"), to: demo.path("back.zoo"))
    #expect(back.file.digests.sorted() == trained.model.file.digests.sorted())
  }

  @Test func featuresAreWrittenAsTheProgramDoes() async throws {
    let extractor = try await demo.convert().extractor()
    let photos = try demo.classes(2)
    #expect(try await extractor.write([photos], to: demo.path("features.csv")).isEmpty)
    let lines = String(
      decoding: try InputFile.contents(of: demo.path("features.csv"), limit: 1 << 20), as: UTF8.self
    ).split(whereSeparator: \.isNewline)
    #expect(
      lines.count == 5 && lines[0].hasPrefix("path,label,f0,")
        && lines[1].hasPrefix("\(photos)/even/0.bmp,even,"))
  }

  @Test func namesThatStandForNothingSayHowToGetOne() async throws {
    let error = await #expect(throws: StoreError.self) { try await Model.open("resnet5") }
    #expect("\(try #require(error))".contains("did you mean 'resnet50'"))
  }
}
