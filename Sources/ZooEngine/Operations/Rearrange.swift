import Glibc
import ZooGraph

/// Values read in another order; the gradient goes back where the values came from.
struct RearrangeOperation: PlainOperation {
  private let loop: StridedLoop
  private let offset: Int
  private let sourceCount: Int
  private let resultCount: Int

  init(_ rearrangement: Rearrangement, _ source: Shape) {
    let result = Shape(rearrangement.axes.map(\.count))
    loop = StridedLoop([rearrangement.axes, result.axes])
    offset = rearrangement.offset
    sourceCount = source.elementCount ?? 0
    resultCount = result.elementCount ?? 0
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    let kernel = CopyKernel(
      loop: loop, batch: builder.batch, source: (sourceCount, offset), target: (resultCount, 0))
    builder.step(kernel, [sources[0], target])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    let kernel = ScatterKernel(
      loop: loop, batch: builder.batch, resultCount: resultCount, sourceCount: sourceCount, offset: offset)
    builder.step(kernel, [gradient, target])
  }
}

/// Inputs one behind the other; each one's gradient is its part of the result's.
struct JoinOperation: PlainOperation {
  private let outer: Int
  /// The values of each input within a step of the outer axes.
  private let lengths: [Int]

  init(outer: Int, _ inputs: [Shape]) {
    self.outer = outer
    lengths = inputs.map { ($0.elementCount ?? 0) / outer }
  }

  private var length: Int { lengths.reduce(0, +) }

  /// Part number `input` seen as `outer` stretches, in itself and in the whole.
  private func part(_ input: Int) -> (own: [Axis], whole: [Axis], offset: Int) {
    let count = lengths[input]
    return (
      [Axis(outer, stride: count), Axis(count, stride: 1)],
      [Axis(outer, stride: length), Axis(count, stride: 1)], lengths[..<input].reduce(0, +)
    )
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    for (input, source) in sources.enumerated() {
      let (own, whole, offset) = part(input)
      let kernel = CopyKernel(
        loop: StridedLoop([own, whole]), batch: builder.batch, source: (outer * lengths[input], 0),
        target: (outer * length, offset))
      builder.step(kernel, [source, target])
    }
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    let (own, whole, offset) = part(input)
    let kernel = CopyKernel(
      loop: StridedLoop([whole, own]), batch: builder.batch, source: (outer * length, offset),
      target: (outer * lengths[input], 0))
    builder.step(kernel, [gradient, target])
  }
}

/// Copies values from where they lie in one tensor to where they lie in another.
struct CopyKernel: HostKernel {
  let loop: StridedLoop
  let batch: Int
  /// Values of a picture, and where its first one lies.
  let source: (count: Int, offset: Int)
  let target: (count: Int, offset: Int)

  var name: String { "swift:copy" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (runs, length) = (loop.runs, loop.length)
    let (from, to) = (loop.steps[0], loop.steps[1])
    let range = share.range(of: batch * runs)
    guard !range.isEmpty else { return }
    for image in range.lowerBound / runs...(range.upperBound - 1) / runs {
      let part = max(range.lowerBound - image * runs, 0)..<min(range.upperBound - image * runs, runs)
      let input = addresses[0].floats(from: image * source.count + source.offset)
      let output = addresses[1].floats(from: image * target.count + target.offset)
      loop.forEach(part) { offsets in
        let (first, place) = (input + offsets[0], output + offsets[1])
        if from == 1, to == 1 {
          place.update(from: first, count: length)
        } else if from == 0, to == 1 {
          place.update(repeating: first.pointee, count: length)
        } else {
          for index in 0..<length { place[index &* to] = first[index &* from] }
        }
      }
    }
  }
}

/// Adds each value of a result's gradient to the place that the value came from.
private struct ScatterKernel: HostKernel {
  let loop: StridedLoop
  let batch: Int
  let resultCount: Int
  let sourceCount: Int
  let offset: Int

  var name: String { "swift:scatter" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let (from, to) = (loop.steps[1], loop.steps[0])
    for image in share.range(of: batch) {
      let input = addresses[0].floats(from: image * resultCount)
      let output = addresses[1].floats(from: image * sourceCount)
      output.update(repeating: 0, count: sourceCount)
      loop.forEach(0..<loop.runs) { offsets in
        let (first, place) = (input + offsets[1], output + offset + offsets[0])
        for index in 0..<loop.length { place[index &* to] += first[index &* from] }
      }
    }
  }
}
