import ZooFeatures
import ZooImage
import ZooSystem

/// What lies amongst the pictures and is not read: none of it is lost without a word.
extension Context {
  func tellWhatIsNotRead(_ list: ImageList?) {
    guard let list else { return }
    tell(list.leftOut, "beside the class folders", "left out, as Keras does")
    tell(list.unlisted, "that the label file does not list", "left out")
    for kind in list.unread.kinds {
      kind.arePictures ? console.warn(kind.description) : console.note(kind.description)
    }
  }

  /// Of the files that have been read only in part.
  func tellOfFirstPages() {
    let paths = FirstPages.paths
    guard let first = paths.first else { return }
    console.warn(
      paths.count == 1
        ? "\(first): holds several pictures, of which the first was read"
        : "\(paths.count.grouped) files hold several pictures, of which the first was read, such as \(first)")
  }

  private func tell(_ pictures: [String], _ which: String, _ what: String) {
    guard let first = pictures.first else { return }
    let number = pictures.count == 1 ? "a picture" : "\(pictures.count.grouped) pictures"
    console.warn(
      "\(number) \(which) \(pictures.count == 1 ? "is" : "are") \(what): \(first)"
        + (pictures.count > 1 ? ", …" : ""))
  }
}

extension Context {
  /// Tells of the pictures that `body` leaves out.
  ///
  /// - Returns: those pictures.
  func tellingSkipped(_ body: () throws -> [BadPicture]) throws -> [BadPicture] {
    func tell(_ skipped: [BadPicture]) {
      for picture in skipped { console.warn("skipped: \(picture.reason)") }
    }
    do {
      let skipped = try body()
      tell(skipped)
      return skipped
    } catch let error as NoReadablePicture {
      tell(error.skipped)
      throw error
    }
  }
}
