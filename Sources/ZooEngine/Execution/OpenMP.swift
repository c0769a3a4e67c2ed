import Glibc

/// The thread count of oneDNN's OpenMP runtime, which is a property of the calling thread.
enum OpenMP {
  private typealias Setter = @convention(c) (Int32) -> Void
  private typealias Getter = @convention(c) () -> Int32

  private static let setter = symbol("omp_set_num_threads", as: Setter.self)
  private static let getter = symbol("omp_get_max_threads", as: Getter.self)

  /// The runtime comes with oneDNN, under whichever name; an oneDNN without OpenMP has none.
  private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
    dlsym(nil, name).map { unsafeBitCast($0, to: type) }
  }

  /// Runs `body` with parallel regions of `count` threads.
  static func with<Result>(
    threads count: Int, _ body: () throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    let before = getter?()
    setter?(Int32(clamping: count))
    defer { if let before { setter?(before) } }
    return try body()
  }

  // MARK: Parallel regions

  private typealias Region = @convention(c) (Body, UnsafeMutableRawPointer?, UInt32, UInt32) -> Void
  private typealias Body = @convention(c) (UnsafeMutableRawPointer?) -> Void

  /// What a compiler makes of `#pragma omp parallel`: the runtime's stable interface.
  private static let region = symbol("GOMP_parallel", as: Region.self)
  private static let threadNumber = symbol("omp_get_thread_num", as: Getter.self)
  private static let teamSize = symbol("omp_get_num_threads", as: Getter.self)

  /// Runs `body` on the very threads that oneDNN's code runs on, which are awake already.
  static func parallel(threads: Int, _ body: (Share) -> Void) {
    guard threads > 1, let region else { return body(.all) }
    withoutActuallyEscaping(body) { body in
      var body = body
      withUnsafeMutablePointer(to: &body) { pointer in
        region(
          { argument in
            guard let body = argument?.assumingMemoryBound(to: ((Share) -> Void).self) else { return }
            let part = OpenMP.threadNumber?() ?? 0
            let parts = OpenMP.teamSize?() ?? 1
            body.pointee(Share(part: Int(part), parts: Int(parts)))
          }, pointer, UInt32(threads), 0)
      }
    }
  }
}
