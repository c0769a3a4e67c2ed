import Glibc

/// The folder of the program that runs, links followed; `nil` where the system does not tell it.
public let programFolder: String? = {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  let count = readlink("/proc/self/exe", &buffer, buffer.count)
  guard count > 0 else { return nil }
  let path = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  return path.lastIndex(of: "/").map { String(path[..<$0]) }
}()

/// The folder that the running program was installed into, `/usr/local` for `/usr/local/bin/zoo`; `nil` where it is
/// not in a folder named `bin`, as while it is being built.
public let installationFolder: String? = programFolder.flatMap { installationFolder(of: $0) }

package func installationFolder(of folder: String) -> String? {
  folder.hasSuffix("/bin") ? String(folder.dropLast("/bin".count)) : nil
}
