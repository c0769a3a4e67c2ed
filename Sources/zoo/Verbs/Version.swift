import ZooEngine
import ZooHDF5
import ZooImage
import ZooProbe
import ZooSystem

/// `zoo version`: what the program is made of, and what it can do on this machine.
enum Version: Verb {
  static let synopsis = Synopsis(
    name: "version", arguments: "",
    summary: "Name the versions of zoo and of its libraries, the processor and what it can compute with.",
    details: "'zoo --version' is the same. The libraries are asked for their versions when the program runs.",
    options: [.flag(.json, "As an object, for programs.")])

  private struct Listing: Encodable {
    var zoo: String
    var swift: String
    var oneDNN: String
    var hdf5: String?
    /// Of the helper that reads HDF5, where it is not the program's.
    var helper: String?
    var openBLAS: String
    /// Those that decode pictures in processes of their own and are at hand, by their names.
    var pictures: [String: String]
    var processor: String?
    /// Those that are used.
    var instructions: [String]
    var precisions: [String]
  }

  static func run(_ context: Context) throws {
    guard context.arguments.positionals.isEmpty else { throw UsageError("takes no arguments") }
    let helper: Result<HDF5Helper.Versions, FileError>
    do throws(FileError) {
      helper = .success(try HDF5Helper().versions())
    } catch {
      helper = .failure(error)
    }
    let found = try? helper.get()
    let pictures = PictureHelper.allCases.map { ($0, versionOrReason($0)) }
    let listing = Listing(
      zoo: zooVersion, swift: swiftVersion, oneDNN: Engine.oneDNNVersion, hdf5: found?.hdf5,
      helper: found?.zoo == zooVersion ? nil : found?.zoo, openBLAS: Matrix.openBLASVersion,
      pictures: known(pictures),
      processor: Machine.processorName, instructions: Engine.instructions,
      precisions: Precision.allCases.filter(\.isSupported).map(\.rawValue))
    if context.arguments.has(.json) { return try context.printJSON(listing) }
    context.console.print(text(listing, helper, pictures))
  }

  private typealias LibraryVersion = Result<String, FileError>

  private static func versionOrReason(_ helper: PictureHelper) -> LibraryVersion {
    do throws(FileError) {
      return .success(try helper.libraryVersion())
    } catch {
      return .failure(error)
    }
  }

  private static func known(_ versions: [(PictureHelper, LibraryVersion)]) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: versions.compactMap { helper, version in
        (try? version.get()).map { (helper.library, $0) }
      })
  }

  private static func text(
    _ listing: Listing, _ helper: Result<HDF5Helper.Versions, FileError>,
    _ pictures: [(PictureHelper, LibraryVersion)]
  ) -> String {
    let hdf5 =
      switch helper {
      case .success(let found):
        found.hdf5 + (listing.helper.map { " (its helper is of zoo \($0))" } ?? "")
      case .failure(let error): "unknown: \(error)"
      }
    let instructions = listing.instructions.joined(separator: " ")
    let libraries = pictures.map { helper, version in
      switch version {
      case .success(let version): (helper.library, version)
      case .failure(let error): (helper.library, "none: \(error)")
      }
    }
    let rows =
      [
        ("Swift", listing.swift), ("oneDNN", listing.oneDNN), ("HDF5", hdf5), ("OpenBLAS", listing.openBLAS),
      ] + libraries + [
        ("processor", listing.processor ?? "unknown"),
        ("using", instructions.isEmpty ? "its basic instructions" : instructions),
        ("precision", listing.precisions.joined(separator: ", ")),
      ]
    return "zoo \(listing.zoo)\n" + rows.map { "  \($0.padded(to: 11))\($1)" }.joined(separator: "\n")
  }
}
