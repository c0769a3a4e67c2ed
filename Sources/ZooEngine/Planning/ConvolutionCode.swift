/// What computes a convolution.
enum ConvolutionCode {
  case oneDNN(PrimitiveDescriptor)
  case winograd(Winograd)

  var source: MemoryDescriptor {
    switch self {
    case .oneDNN(let descriptor): descriptor.source
    case .winograd(let winograd): winograd.source
    }
  }

  var destination: MemoryDescriptor {
    switch self {
    case .oneDNN(let descriptor): descriptor.destination
    case .winograd(let winograd): winograd.destination
    }
  }

  /// Whether it is oneDNN's code for Winograd's algorithm.
  var isTheirWinograd: Bool {
    if case .oneDNN(let descriptor) = self { descriptor.isWinograd } else { false }
  }

  /// Whether it is oneDNN's code for what nothing faster can do: a hundred times as slow.
  var isReference: Bool {
    if case .oneDNN(let descriptor) = self { descriptor.implementation.hasPrefix("ref") } else { false }
  }

  /// The implementation and, of oneDNN's, whether it is fed with bfloat16.
  var name: String {
    switch self {
    case .oneDNN(let descriptor): Self.name(of: descriptor.implementation, descriptor.source.type)
    case .winograd: Winograd.name
    }
  }

  static func name(of implementation: String, _ type: NumberType?) -> String {
    implementation + (type == .bfloat16 ? " bf16" : "")
  }
}
