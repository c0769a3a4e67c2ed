/// How a model is written as ONNX.
public struct ONNXOptions: Sendable, Equatable {
  /// How pictures, and maps that the model gives, lie.
  public enum Layout: String, Sendable, CaseIterable {
    /// Channels × height × width.
    case nchw
    /// Height × width × channels, as in Keras.
    case nhwc
  }

  /// The version of the operators.
  public var opset = ONNXOpset.standard
  /// Pictures at a time; `nil` for any number.
  public var batch: Int?
  /// Whether pictures may have any height and width.
  public var anySize = false
  /// How pictures and maps lie.
  public var layout = Layout.nchw
  /// Whether the model takes pixels 0…255.
  public var withPreprocessing = false
  /// Whether BatchNormalization stays as it is, rather than to go into the kernel before it.
  public var keepsBatchNormalization = false
  /// Whether numbers are float16, those of inputs and outputs as well.
  public var half = false
  /// The layer whose output is asked for; `nil` for the model's own outputs.
  public var layer: String?

  /// float32, any number of pictures, channels first.
  public init() {}
}
