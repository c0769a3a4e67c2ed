import ZooDecoding
import ZooSystem

/// How large a picture is.
public struct PictureSize: Sendable, Equatable, Codable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int

  /// Of the picture at `path`, as it is decoded.
  ///
  /// - Throws: `FileError` when the file cannot be read, or is no picture.
  public init(of path: String) throws(FileError) {
    let bytes = try InputFile.contents(of: path, limit: ImageLoader.mostBytes)
    do throws(DecodeFailure) {
      (height, width) = try bytes.withUnsafeBufferPointer { bytes throws(DecodeFailure) in
        let source = try ImageLoader(height: 1, width: 1).open(UnsafeRawBufferPointer(bytes))
        return (source.height, source.width)
      }
    } catch {
      throw FileError(path, error)
    }
  }
}
