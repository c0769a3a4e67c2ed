import ZooGraph

/// Why a data set's classes do not fit a model's.
public struct ClassMismatch: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
}

/// For each class folder the index of the model's class of that name. A model without labels takes the folders
/// in their sorted order, as training numbered them.
///
/// - Throws: `ClassMismatch` when a folder is none of the model's classes, or the numbers differ.
public func matchClasses(_ folders: [String], to labels: [String]?, count: Int) throws(ClassMismatch) -> [Int]
{
  guard let labels else {
    guard folders.count == count else {
      throw ClassMismatch(description: "\(folders.count) class folders, but the model has \(count) classes")
    }
    return Array(0..<count)
  }
  var indices: [Int] = []
  for folder in folders {
    guard let index = labels.firstIndex(of: folder) else {
      throw ClassMismatch(description: unknown(folder, amongst: labels, what: "class"))
    }
    indices.append(index)
  }
  return indices
}
