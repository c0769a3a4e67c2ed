import ZooGraph

/// What the conversion of an ONNX model did; for people as text, for programs as JSON.
public struct ONNXImportReport: Sendable, Equatable, Encodable {
  /// The file that was converted.
  public var source: String
  /// The file that was written.
  public var output: String
  /// The program that wrote the model; empty where it does not say so.
  public var producer: String
  /// The version of its operators.
  public var opset: Int
  /// Height, width and channels of a picture.
  public var inputShape: [Int]
  /// What is done to pixels.
  public var preprocessing: String
  /// How many there are.
  public var layers: Int
  /// The number of values in all weights.
  public var parameters: Int
  /// Of all tensors.
  public var bytes: Int
  /// What was assumed.
  public var warnings: [String]

  init(_ model: ONNXImport, output: String, preprocessing: Preprocessing?) {
    let known = preprocessing ?? model.preprocessing
    source = model.path
    self.output = output
    producer = model.producer
    opset = model.opset
    inputShape = model.graph.inputShape.dimensions
    self.preprocessing = (known ?? .none).description
    layers = model.graph.entries.count
    parameters = model.graph.parameterCount
    bytes = 0
    warnings =
      known == nil
      ? [
        "the file does not tell how its pixels are prepared: they are left as they are, 0…255; "
          + "--preprocessing torch, unit, tf or caffe if they were not"
      ] : []
  }
}
