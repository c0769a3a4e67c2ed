@preconcurrency import CHDF5

/// An identifier of libhdf5, given back when it goes out of scope.
struct Handle: ~Copyable {
  let id: hid_t

  /// - Throws: what the library says when `id` is no identifier.
  init(_ id: hid_t) throws(LibraryError) {
    guard id >= 0 else { throw .last }
    self.id = id
  }

  deinit { H5Idec_ref(id) }
}

/// Why something is not done, in words for a person.
struct LibraryError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  /// What libhdf5 says of its last failure. Its words differ between versions.
  static var last: LibraryError {
    let failure = LibraryFailure.take()
    if failure.isOfFilters {
      return LibraryError("a chunk is damaged: its bytes do not fit its compression or its checksum")
    }
    if let text = systemMessage(in: failure.text) { return LibraryError("cannot use the file: \(text)") }
    return LibraryError(failure.text.isEmpty ? "libhdf5 gives no reason" : "libhdf5 says: \(failure.text)")
  }

  /// The quoted text in `…, errno = 28, error message = 'No space left on device', buf = …`.
  private static func systemMessage(in reason: String) -> String? {
    let parts = reason.split(separator: "error message = '", maxSplits: 1)
    return parts.count == 2 ? parts[1].split(separator: "'").first.map(String.init) : nil
  }
}

/// What libhdf5 has noted down about a failure.
private struct LibraryFailure {
  /// The innermost note: where something first went wrong.
  private(set) var text = ""
  /// Whether a filter that unpacks or checks a chunk is concerned.
  private(set) var isOfFilters = false

  /// Takes the notes, of which there are then none.
  static func take() -> LibraryFailure {
    var found = LibraryFailure()
    withUnsafeMutablePointer(to: &found) { found in
      _ = H5Ewalk2(
        hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
        { position, entry, target in
          guard let entry = entry?.pointee, let found = target?.assumingMemoryBound(to: Self.self) else {
            return 0
          }
          if position == 0, let text = entry.desc { found.pointee.text = String(cString: text) }
          if entry.maj_num == H5E_PLINE_g { found.pointee.isOfFilters = true }
          return 0
        }, found)
    }
    H5Eclear2(hid_t(H5E_DEFAULT))
    return found
  }
}

/// - Throws: what the library says when `status`, the result of one of its calls, is negative.
@discardableResult
func check<Status: SignedInteger>(_ status: Status) throws(LibraryError) -> Status {
  guard status >= 0 else { throw .last }
  return status
}

/// libhdf5's address of nothing (`HADDR_UNDEF`).
let undefinedAddress = haddr_t.max
