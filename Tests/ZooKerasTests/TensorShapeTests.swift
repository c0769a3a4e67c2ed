import Testing
import ZooGraph

@testable import ZooKeras

/// What is computed from the shape of a tensor, of which the number of pictures is not known.
@Suite struct TensorShapeTests {
  private static let map: JSONValue = ["a", 0, 0]
  private static let sizes: JSONValue = operation("sizes", "shape", map)

  private static func operation(
    _ name: String, _ function: String, _ operand: JSONValue, _ arguments: [String: JSONValue] = [:]
  ) -> JSONValue {
    [
      "class_name": function == "getitem" ? "SlicingOpLambda" : "TFOpLambda", "name": .string(name),
      "config": ["name": .string(name), "function": .string(function)],
      "inbound_nodes": [.array((operand.array ?? []) + [.object(arguments)])],
    ]
  }

  /// One of the numbers of the shape, where 0 is the batch's.
  private static func number(_ name: String, _ index: Int) -> JSONValue {
    operation(name, "getitem", ["sizes", 0, 0], ["slice_spec": .number(Double(index))])
  }

  private func graph(_ layers: [JSONValue], output: String) throws(UnknownLayer) -> ModelGraph {
    let model = functional(layers, output: output, input: [nil, 4, 6, 8])
    let config = try ConfigGraph(model, isKeras2: true)
    return try ConfiguredModel(config, inputSize: nil).graph
  }

  @Test func aReshapeTakesTheBatchAndKnownNumbers() throws {
    let layers = [
      Self.sizes, Self.number("batch", 0), Self.number("rows", 1), Self.number("columns", -2),
      Self.operation("area", "math.multiply", ["rows", 0, 0], ["y": ["columns", 0, 0]]),
      Self.operation(
        "flat", "reshape", Self.map, ["shape": [["batch", 0, 0], ["area", 0, 0], 8]]),
    ]
    let reshape = try #require(try graph(layers, output: "flat").nodes.last?.layer.kind as? Reshape)
    #expect(reshape.targetShape == Shape([24, 8]))
  }

  @Test func aPartOfAShapeIsASize() throws {
    let layers = [
      Self.sizes,
      Self.operation(
        "size", "getitem", ["sizes", 0, 0], ["slice_spec": [["start": 1, "stop": 3, "step": nil]]]),
      Self.operation("halves", "image.resize", Self.map, ["size": ["size", 0, 0]]),
    ]
    let resizing = try #require(try graph(layers, output: "halves").nodes.last?.layer.kind as? Resizing)
    #expect(resizing.height == 4 && resizing.width == 6)
  }

  /// A wrong number would be the result, if it were taken for any.
  @Test(arguments: [
    operation("x", "math.multiply", map, ["y": ["batch", 0, 0]]),
    operation("x", "math.add", ["batch", 0, 0], ["y": 1]),
    operation("x", "reshape", map, ["shape": [["rows", 0, 0], -1]]),
    operation("x", "reshape", map, ["shape": [["batch", 0, 0], ["batch", 0, 0], 8]]),
    operation("x", "nn.relu", ["sizes", 0, 0]),
    operation("x", "concat", ["sizes", 0, 0], ["axis": 0]),
    operation("x", "image.resize", map, ["size": ["sizes", 0, 0]]),
  ])
  func theNumberOfPicturesIsNoNumber(_ layer: JSONValue) {
    let layers = [Self.sizes, Self.number("batch", 0), Self.number("rows", 1), layer]
    let error = #expect(throws: UnknownLayer.self) { try graph(layers, output: "x") }
    #expect(error?.reason.contains("'x'") == true, "\(error?.reason ?? "")")
  }
}
