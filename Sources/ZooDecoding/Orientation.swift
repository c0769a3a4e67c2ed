/// How a picture has to be turned to be seen upright, by the numbers of TIFF and EXIF.
package enum Orientation: Int, Sendable, CaseIterable {
  case upright = 1, mirrored, upsideDown, mirroredUpsideDown
  case transposed, turnedLeft, transversed, turnedRight

  /// A number out of 1…8 says nothing, as Pillow takes it.
  package init(number: Int) { self = Orientation(rawValue: number) ?? .upright }

  /// Whether rows become columns.
  package var swapsSides: Bool { rawValue >= 5 }
  /// Whether the first row becomes the last, or the last column.
  package var reversesRows: Bool { [3, 4, 6, 7].contains(rawValue) }
  /// Whether the first column becomes the last, or the last row.
  package var reversesColumns: Bool { [2, 3, 7, 8].contains(rawValue) }
}
