/// Buffers that are stretches of larger ones, as the inputs of a concatenation are of its result.
struct Slices: Sendable {
  private struct Slice {
    var whole: Int
    var offset: Int
  }

  private var slices: [Int: Slice] = [:]

  /// The buffers that are part of another.
  var parts: some Collection<Int> { slices.keys }

  /// Makes `part` the stretch of `whole` from byte `offset` on. It must not be part of another yet.
  mutating func insert(_ part: Int, into whole: Int, at offset: Int) {
    precondition(slices[part] == nil && place(of: whole).buffer != part, "a buffer has one place")
    slices[part] = Slice(whole: whole, offset: offset)
  }

  func contains(_ part: Int) -> Bool { slices[part] != nil }

  /// The buffer that `buffer` lies in, itself if it is no part, and where in it, in bytes.
  func place(of buffer: Int) -> (buffer: Int, offset: Int) {
    var place = (buffer: buffer, offset: 0)
    while let slice = slices[place.buffer] { place = (slice.whole, place.offset + slice.offset) }
    return place
  }

  /// The buffer that shares memory with everything that `buffer` shares memory with.
  func whole(of buffer: BufferID) -> BufferID {
    guard case .arena(let number) = buffer else { return buffer }
    return .arena(place(of: number).buffer)
  }
}
