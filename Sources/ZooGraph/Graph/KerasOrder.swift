extension ResolvedGraph {
  /// Indices of the entries in the order of Keras' `model.layers`: by falling distance to the output, then by
  /// the depth-first traversal from the output (`map_graph` in `keras/src/ops/function.py`).
  ///
  /// Files list their layers in this order, and `.weights.h5` numbers them by it.
  public var kerasOrder: [Int] {
    let (traversal, finished) = traverseFromOutputs()
    var depths = Array(repeating: 0, count: entries.count)
    for index in finished.reversed() {
      for input in entries[index].inputs { depths[input] = max(depths[input], depths[index] + 1) }
    }
    return entries.indices.sorted { (depths[$1], traversal[$0]) < (depths[$0], traversal[$1]) }
  }

  /// Depth-first from the outputs through the inputs: when each entry was first met, and the order in which
  /// they were finished. With a stack of its own, as graphs can be deeper than the thread's.
  private func traverseFromOutputs() -> (traversal: [Int], finished: [Int]) {
    var traversal = Array(repeating: -1, count: entries.count)
    var finished: [Int] = []
    var met = 0
    var stack: [(index: Int, next: Int)] = []
    func meet(_ index: Int) {
      guard traversal[index] < 0 else { return }
      traversal[index] = met
      met += 1
      stack.append((index, 0))
    }
    for output in graph.outputs {
      index(of: output).map(meet)
      while let (index, next) = stack.last {
        if next < entries[index].inputs.count {
          stack[stack.count - 1].next += 1
          meet(entries[index].inputs[next])
        } else {
          finished.append(index)
          stack.removeLast()
        }
      }
    }
    return (traversal, finished)
  }
}
