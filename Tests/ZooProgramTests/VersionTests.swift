import FoundationEssentials
import Testing
import ZooSystem

/// What the program says of itself, and where it looks for what belongs to it.
@Suite struct VersionTests {
  private struct Listing: Decodable {
    var zoo, swift, oneDNN, openBLAS: String
    var hdf5, helper, processor: String?
    var instructions, precisions: [String]
  }

  @Test func allPartsHaveAVersion() throws {
    let file = String(
      decoding: try InputFile.contents(of: Program.root + "/VERSION", limit: 100), as: UTF8.self)
    let text = try Program.succeed("--version")
    #expect(text.hasPrefix("zoo \(file)"))
    #expect(!text.contains("unknown:"))
    let listing = try JSONDecoder().decode(
      Listing.self, from: Data(try Program.succeed("version", "--json").utf8))
    #expect(listing.zoo == file.trimmed && listing.zoo == zooVersion && listing.helper == nil)
    for version in [listing.zoo, listing.swift, listing.oneDNN, listing.openBLAS, listing.hdf5 ?? ""] {
      #expect(version.wholeMatch(of: /\d+(\.\d+)+/) != nil, "\(version)")
    }
    #expect(listing.precisions.contains("float32"))
    #expect(listing.precisions.contains("bf16") == listing.instructions.contains("AVX512-BF16"))
  }

  /// As on an older processor.
  @Test func fewerInstructionsAreTold() throws {
    let outcome = try shell("ONEDNN_MAX_CPU_ISA=SSE41 $0 version --json")
    let listing = try JSONDecoder().decode(Listing.self, from: Data(outcome.output.utf8))
    #expect(["SSE4.1"].starts(with: listing.instructions) && listing.precisions == ["float32"])
  }

  @Test func withoutTheHelperTheVersionIsUnknownAndTheRestIsTold() throws {
    let outcome = try shell("ZOO_HDF5_HELPER=/none $0 --version")
    #expect(outcome.status == 0)
    #expect(
      outcome.output.contains("unknown: /none: is not a program that can be started as the HDF5 helper"))
    #expect(outcome.output.contains("oneDNN"))
  }

  /// A helper that does not know the question, as one of an older version.
  @Test func anotherHelperIsRefused() throws {
    let folder = try TemporaryFolder()
    let helper = try folder.file("helper", "#!/bin/sh\nexit 4\n")
    let outcome = try shell(
      "chmod 755 '\(helper)' && ZOO_HDF5_HELPER='\(helper)' $0 convert '\(Program.demoBase)' -o '\(folder.path)/x.zoo'"
    )
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("the HDF5 helper '\(helper)' is of another version of zoo: ")
        && outcome.errors.contains("install zoo again") && outcome.errors.split(separator: "\n").count == 1)
  }

  /// Without `HOME`, the user's folders are those of the user table, never the working folder.
  @Test func nothingIsLookedForInTheWorkingFolder() throws {
    let folder = try TemporaryFolder()
    let outcome = try shell(
      "cd '\(folder.path)' && mkdir -p zoo/models && : >zoo/models/vgg16.zoo && unset HOME && $0 info vgg16")
    #expect(outcome.status == 0 && !outcome.output.contains("\(folder.path)"))
    #expect(!outcome.output.contains("./zoo/models"))
  }

  /// `/proc` takes no folders from anybody.
  @Test func aStoreThatCannotBeMadeNamesTheVariableThatMovesIt() throws {
    let outcome = try shell("XDG_DATA_HOME=/proc/data $0 fetch vgg16")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.contains("/proc/data: cannot create the folder: ")
        && outcome.errors.hasSuffix("; set XDG_DATA_HOME to a folder that can be written\n"))
  }

  /// `$0` is the program.
  private func shell(_ command: String) throws -> Program.Outcome {
    try Program.run(["-c", command, Program.path], executable: "/bin/sh")
  }
}
