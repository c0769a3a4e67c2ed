import COneDNN

/// The library's CPU device. All calls of oneDNN's C API are in this folder; what differs between its versions is in
/// `Sources/COneDNN`.
struct OneDNN: @unchecked Sendable {
  // oneDNN's engine object is immutable and may be used from any thread.
  let handle: dnnl_engine_t

  /// The one CPU device of this process.
  static func shared() throws(EngineError) -> OneDNN {
    switch device {
    case .success(let device): return device
    case .failure(let error): throw error
    }
  }

  private static let device: Result<OneDNN, EngineError> = {
    var handle: dnnl_engine_t?
    let status = dnnl_engine_create(&handle, dnnl_cpu, 0)
    guard status == dnnl_success, let handle else {
      return .failure(EngineError("oneDNN finds no CPU device (status \(status.rawValue))"))
    }
    return .success(OneDNN(handle: handle))
  }()

  /// The layout of maps in which oneDNN's code for this processor's vectors works: blocks of 16 channels with
  /// AVX-512, of 8 with AVX2; `nil` for older processors.
  static let blockedTag: MemoryDescriptor.Tag? =
    has(dnnl_cpu_isa_avx512_core) ? .blocks(16) : has(dnnl_cpu_isa_avx2) ? .blocks(8) : nil

  /// Whether the processor multiplies bfloat16 numbers.
  static let multipliesBfloat16 = has(dnnl_cpu_isa_avx512_core_bf16)

  /// Whether convolutions sum up the same way whatever the batch. With AVX-512 they do, Winograd's algorithm aside; with
  /// AVX2, features of ResNet50 and VGG16 were found to differ by 3e-7.
  static let sumsAlike = has(dnnl_cpu_isa_avx512_core)

  /// Whether this is an x86-64 processor with these instructions. Other kinds of processors give the same numbers other
  /// meanings.
  static func has(_ instructions: dnnl_cpu_isa_t) -> Bool {
    #if arch(x86_64)
      dnnl_get_effective_cpu_isa().rawValue & instructions.rawValue == instructions.rawValue
    #else
      false
    #endif
  }

  /// Whether the gradient of a batch normalization is given the shift.
  static let normalizationGradientTakesShift = zoo_batch_normalization_gradient_takes_shift() != 0

  /// As in `2.6.3`.
  static let version: String = {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }()
}

/// Throws unless `status` is success.
func check(_ status: dnnl_status_t, _ action: @autoclosure () -> String) throws(EngineError) {
  guard status != dnnl_success else { return }
  let meaning =
    switch status {
    case dnnl_out_of_memory: "out of memory"
    case dnnl_invalid_arguments: "invalid arguments"
    case dnnl_unimplemented: "not implemented"
    case dnnl_runtime_error: "runtime error"
    default: "status \(status.rawValue)"
    }
  throw EngineError("oneDNN cannot \(action()): \(meaning)")
}

/// An in-order queue of one thread of control.
final class Stream {
  let handle: dnnl_stream_t

  init(_ device: OneDNN) throws(EngineError) {
    var handle: dnnl_stream_t?
    try check(
      dnnl_stream_create(&handle, device.handle, UInt32(dnnl_stream_default_flags.rawValue)), "make a stream")
    guard let handle else { throw EngineError("oneDNN gave no stream") }
    self.handle = handle
  }

  deinit { dnnl_stream_destroy(handle) }
}
