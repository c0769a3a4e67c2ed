import ZooGraph

/// A map of another size: each pixel is put together of some of the source's.
struct ResizeOperation: PlainOperation {
  private let rows: Resampling
  private let columns: Resampling
  private let source: Extent

  init(rows: Resampling, columns: Resampling, height: Int, width: Int, _ channels: Int) {
    self.rows = rows
    self.columns = columns
    source = Extent(height, width, channels)
  }

  func emit<Builder: StepBuilder>(_ sources: [Location], to target: Location, in builder: inout Builder) {
    let kernel = ResizeKernel(
      rows: rows.pixels, columns: columns.pixels, source: source, batch: builder.batch)
    builder.step(kernel, [sources[0], target])
  }

  func emitGradient<Builder: StepBuilder>(
    of input: Int, _ gradient: Location, _ sources: [Location], _ result: Location, to target: Location,
    in builder: inout Builder
  ) {
    let kernel = ResizeGradientKernel(
      rows: rows.pixels, columns: columns.pixels, source: source, batch: builder.batch)
    builder.step(kernel, [gradient, target])
  }
}

private struct ResizeKernel: HostKernel {
  let rows: [Resampling.Pixel]
  let columns: [Resampling.Pixel]
  let source: Extent
  let batch: Int

  var name: String { "swift:resize" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let channels = source.channels
    for line in share.range(of: batch * rows.count) {
      let (image, row) = (line / rows.count, line % rows.count)
      let input = addresses[0].floats(from: image * source.elementCount)
      let output = addresses[1].floats(from: line * columns.count * channels)
      for (index, column) in columns.enumerated() {
        let pixel = output + index * channels
        pixel.update(repeating: 0, count: channels)
        for (y, vertical) in rows[row].weights.enumerated() {
          for (x, horizontal) in column.weights.enumerated() {
            let weight = vertical * horizontal
            let from = input + ((rows[row].first + y) * source.width + column.first + x) * channels
            for channel in 0..<channels { pixel[channel] += weight * from[channel] }
          }
        }
      }
    }
  }
}

private struct ResizeGradientKernel: HostKernel {
  let rows: [Resampling.Pixel]
  let columns: [Resampling.Pixel]
  let source: Extent
  let batch: Int

  var name: String { "swift:resize gradient" }

  func run(_ addresses: UnsafeBufferPointer<UnsafeMutableRawPointer>, _ share: Share) {
    let channels = source.channels
    for image in share.range(of: batch) {
      let output = addresses[1].floats(from: image * source.elementCount)
      output.update(repeating: 0, count: source.elementCount)
      for (line, row) in rows.enumerated() {
        for (index, column) in columns.enumerated() {
          let pixel = addresses[0].floats(
            from: ((image * rows.count + line) * columns.count + index) * channels)
          for (y, vertical) in row.weights.enumerated() {
            for (x, horizontal) in column.weights.enumerated() {
              let weight = vertical * horizontal
              let to = output + ((row.first + y) * source.width + column.first + x) * channels
              for channel in 0..<channels { to[channel] += weight * pixel[channel] }
            }
          }
        }
      }
    }
  }
}
