import Glibc
import Testing
import Zoo

/// A task that is cancelled stops soon, says so, and leaves nothing half-written.
@Suite struct CancellationTests {
  private let demo: Demo

  init() throws { demo = try Demo() }

  /// Cancels a task from within its first report.
  private func cancelled<Value: Sendable>(
    _ work: @escaping @Sendable (_ reached: @escaping @Sendable () -> Void) async throws -> Value
  ) async throws -> (any Error)? {
    let start = AsyncStream<Void>.makeStream()
    let task = Task<Value, any Error> {
      try await work {
        start.continuation.yield()
        // Held up until the cancellation has arrived.
        while !Task.isCancelled { usleep(1_000) }
      }
    }
    for await _ in start.stream { break }
    task.cancel()
    do {
      _ = try await task.value
      return nil
    } catch {
      return error
    }
  }

  @Test func extractingStopsBetweenBatches() async throws {
    let extractor = try await demo.convert().extractor()
    let pictures = try Demo.pictures(200)
    let told = Told()
    let error = try await cancelled { reached in
      try await extractor.features(of: pictures) { done, total in
        told.note(done, of: total)
        reached()
      }
    }
    #expect(error is CancellationError && told.all == [[32, 200]])
  }

  @Test func aFileOfFeaturesIsNotLeftBehind() async throws {
    let extractor = try await demo.convert().extractor(.init(batch: 2))
    let (photos, output) = (try demo.classes(10), demo.path("features.npz"))
    let before = demo.files
    let error = try await cancelled { reached in
      try await extractor.write([photos], to: output) { _, _ in reached() }
    }
    #expect(error is CancellationError && demo.files == before)
  }

  @Test func convertingLeavesNothing() async throws {
    let output = demo.path("demo.zoo")
    let error = try await cancelled { reached in
      try await Model.convert(Demo.base, to: output) { _, _ in reached() }
    }
    #expect(error is CancellationError && demo.files.isEmpty)
  }

  @Test func exportingLeavesNothing() async throws {
    let model = try await demo.convert()
    let (output, before) = (demo.path("demo.onnx"), demo.files)
    let error = try await cancelled { reached in
      try await model.export(to: output) { _, _ in reached() }
    }
    #expect(error is CancellationError && demo.files == before)
  }

  @Test func predictingStops() async throws {
    let predictor = try await demo.convert().predictor()
    let pictures = try Demo.pictures(100)
    let error = try await cancelled { reached in
      try await predictor.predictions(of: pictures) { _, _ in reached() }
    }
    #expect(error is CancellationError)
  }

  /// What was learnt stays in the checkpoint, and the training goes on from there to the same weights.
  @Test func trainingStopsAndGoesOn() async throws {
    let base = try await demo.convert(ImportRequest(includeTop: false))
    let data = try Dataset(try demo.classes(12))
    var options = TransferOptions(
      head: try Head("dense:8:relu,dense"), stages: [Stage(LayerSelection("head"), epochs: 4)])
    options.cacheFolder = CacheFolder(demo.path("cache"))
    let (output, checkpoint, whole) = (demo.path("own.zoo"), demo.path("checkpoint"), demo.path("whole.zoo"))
    let settled = options
    let error = try await cancelled { reached in
      try await base.train(on: data, settled, writing: output, checkpoint: checkpoint) { event in
        if case .epoch(let record) = event, record.epoch == 2 { reached() }
      }
    }
    #expect(
      error is CancellationError && demo.files.contains("checkpoint") && !demo.files.contains("own.zoo"))
    let resumed = try await base.train(on: data, settled, writing: output, checkpoint: checkpoint)
    let straight = try await base.train(on: data, settled, writing: whole)
    #expect(resumed.history == straight.history && resumed.model.file.digests == straight.model.file.digests)
  }

  @Test func computingTheFrozenLayersStops() async throws {
    let base = try await demo.convert(ImportRequest(includeTop: false))
    let data = try Dataset(try demo.classes(30))
    var options = TransferOptions(head: try Head("dense"))
    options.cacheFolder = CacheFolder(demo.path("cache"))
    let (output, settled) = (demo.path("own.zoo"), options)
    let error = try await cancelled { reached in
      try await base.train(on: data, settled, writing: output) { event in
        if case .computing(let done, _) = event, done > 0 { reached() }
      }
    }
    #expect(error is CancellationError && !demo.files.contains("own.zoo"))
  }

  @Test func nothingIsBegunInACancelledTask() async throws {
    let output = demo.path("demo.zoo")
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await Model.convert(Demo.base, to: output)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(demo.files.isEmpty)
  }
}
