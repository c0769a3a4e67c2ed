import ZooGraph

extension GraphReader {
  /// The layers of a node.
  mutating func translate(_ node: ReadNode) throws -> ReadValue {
    switch node.operation {
    case "Conv": return try readConvolution(node)
    case "Gemm": return try readGemm(node)
    case "MatMul": return try readMatMul(node)
    case "BatchNormalization": return try readBatchNormalization(node)
    case "InstanceNormalization": return try readInstanceNormalization(node)
    case "LayerNormalization": return try readLayerNormalization(node)
    case "MaxPool", "AveragePool": return try readPooling(node)
    case "GlobalAveragePool": return try readGlobal(node, GlobalAveragePooling2D(keepdims: true))
    case "GlobalMaxPool": return try readGlobal(node, GlobalMaxPooling2D(keepdims: true))
    case "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL2": return try readReduction(node)
    case "Flatten": return try readFlatten(node)
    case "Reshape": return try readReshape(node)
    case "Squeeze": return try readSqueeze(node)
    case "Unsqueeze": return try readUnsqueeze(node)
    case "Expand": return try readExpand(node)
    case "Slice": return try readSlice(node)
    case "Gather": return try readGather(node)
    case "Transpose": return try readTranspose(node)
    case "Pad": return try readPad(node)
    case "Concat": return try readConcatenation(node)
    case "Add", "Sub", "Mul", "Div", "Max", "Min": return try readArithmetic(node)
    case "Clip": return try readClip(node)
    case "Softmax", "LogSoftmax": return try readSoftmax(node)
    case "Identity": return try value(node, 0)
    case "Dropout":
      guard try tensor(node, 2).map({ try onnx.flag($0) }) ?? false == false else {
        throw unsupported(node, "training_mode")
      }
      return try value(node, 0)
    case "Cast":
      guard [1, 10].contains(node.int("to") ?? 0) else {
        throw unsupported(node, "a change to whole numbers")
      }
      return try value(node, 0)
    default: return try readFunction(node)
    }
  }
}
