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

  /// The innermost entry of libhdf5's error stack.
  static var last: LibraryError {
    var reason = ""
    withUnsafeMutablePointer(to: &reason) { reason in
      _ = H5Ewalk2(
        hid_t(H5E_DEFAULT), H5E_WALK_UPWARD,
        { position, entry, target in
          if position == 0, let text = entry?.pointee.desc {
            target?.assumingMemoryBound(to: String.self).pointee = String(cString: text)
          }
          return 0
        }, reason)
    }
    H5Eclear2(hid_t(H5E_DEFAULT))
    if let text = systemMessage(in: reason) { return LibraryError("cannot use the file: \(text)") }
    return LibraryError(reason.isEmpty ? "libhdf5 gives no reason" : "libhdf5 says: \(reason)")
  }

  /// The quoted text in `…, errno = 28, error message = 'No space left on device', buf = …`.
  private static func systemMessage(in reason: String) -> String? {
    let parts = reason.split(separator: "error message = '", maxSplits: 1)
    return parts.count == 2 ? parts[1].split(separator: "'").first.map(String.init) : nil
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
