import Glibc
import ZooGraph

extension Translation {
  /// A function as programs call it.
  mutating func apply(_ function: ElementwiseFunction, to x: TensorID) throws(ONNXError) -> TensorID {
    switch function {
    case .absolute: return emit("Abs", [x])
    case .square: return emit("Mul", [x, x])
    case .squareRoot: return emit("Sqrt", [x])
    case .reciprocalSquareRoot: return emit("Reciprocal", [emit("Sqrt", [x])])
    case .reciprocal: return emit("Reciprocal", [x])
    case .logarithm: return emit("Log", [x])
    case .sine: return emit("Sin", [x])
    case .cosine: return emit("Cos", [x])
    case .sign: return emit("Sign", [x])
    case .floor: return emit("Floor", [x])
    case .ceiling: return emit("Ceil", [x])
    case .round: return emit("Round", [x])
    case .power(let exponent): return emit("Pow", [x, try scalar(exponent)])
    case .exponentialOf(let base):
      return base == M_E ? emit("Exp", [x]) : emit("Pow", [try scalar(base), x])
    case .clip(let least, let most): return try clip(x, least, most)
    case .dividing(let number): return emit("Div", [try scalar(number), x])
    case .remainder(let divisor):
      let whole = emit("Floor", [emit("Div", [x, try scalar(divisor)])])
      return emit("Sub", [x, emit("Mul", [whole, try scalar(divisor)])])
    }
  }
}
