import CZooPlugin
import Glibc

/// Finding and opening plugins that are shared libraries of their own.
enum PluginFiles {
  /// The plugins in a file or, sorted by name, in a folder's `.so` files.
  static func candidates(at path: String) -> [String] {
    guard let folder = opendir(path) else { return [path] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".so"), !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted().map { "\(path)/\($0)" }
  }

  /// Opens a shared library and reads its records. It is never closed: its code may be running.
  ///
  /// - Throws: `PluginError` when it is no shared library, or none of ours.
  static func open(_ path: String) throws(PluginError) -> [LoadedPlugin] {
    // A name without a slash would be searched for in the system's library folders.
    let file = path.contains("/") ? path : "./" + path
    try SharedObject.checkIsComplete(file)
    guard let library = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
      throw PluginError(
        "cannot be loaded as a shared library: \(reason); build it again on this system, or remove it")
    }
    guard let symbol = dlsym(library, "zoo_plugin_records") else {
      throw PluginError("is a shared library, but not a zoo plugin: it lacks zoo_plugin_records")
    }
    typealias Records = @convention(c) (UnsafeMutablePointer<Int>) -> UnsafePointer<zoo_plugin_record>?
    let records = linked(unsafeBitCast(symbol, to: Records.self))
    guard (1...mostRecords).contains(records.count) else {
      throw PluginError("claims \(records.count) plugin records; 1 to \(mostRecords) are possible")
    }
    var plugins: [LoadedPlugin] = []
    for record in records { plugins.append(try LoadedPlugin(record, path: path)) }
    return plugins
  }

  private static let mostRecords = 256

  /// The records of an image; to be read only when they are not too many.
  static func linked(
    _ records: (UnsafeMutablePointer<Int>) -> UnsafePointer<zoo_plugin_record>?
  ) -> UnsafeBufferPointer<zoo_plugin_record> {
    var count = 0
    let start = records(&count)
    return UnsafeBufferPointer(start: start, count: start == nil ? 0 : max(0, count))
  }
}
