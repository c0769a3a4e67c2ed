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
}
