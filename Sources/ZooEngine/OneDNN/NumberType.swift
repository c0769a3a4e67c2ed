import COneDNN

/// The type of a tensor's numbers while a network runs.
enum NumberType: Sendable, Equatable {
  case float32
  case bfloat16

  /// Bytes per number.
  var size: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    }
  }

  var raw: dnnl_data_type_t {
    switch self {
    case .float32: dnnl_f32
    case .bfloat16: dnnl_bf16
    }
  }

  /// `nil` for a type that networks do not run in; scratchpads are of bytes.
  init?(_ raw: dnnl_data_type_t) {
    switch raw {
    case dnnl_f32: self = .float32
    case dnnl_bf16: self = .bfloat16
    default: return nil
    }
  }
}
