import Testing
import ZooSystem

/// Keras files and `.zoo` files that are not what they should be.
@Suite struct BadFilesTests {
  let folder: TemporaryFolder
  private let good: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    good = try InputFile.contents(of: Program.demoBase, limit: 1 << 24)
  }

  private func refuseConversion(_ path: String, _ options: [String] = [], saying words: [String]) throws {
    try Program.refuse(
      ["convert", path, "-o", folder.path + "/out.zoo"] + options, saying: [path] + words,
      writingNothingIn: folder)
  }

  static let notHDF5: [(String, String, String)] = [
    ("empty", "", "is empty"),
    ("page", "<!DOCTYPE html><html><body>404</body></html>", "web page"),
    ("error", "<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "XML"),
    ("pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS pointer"),
    ("text", "conv1 conv2 conv3\n", "HDF5"),
  ]

  @Test(arguments: notHDF5.indices) func whatIsNotHDF5IsNamed(_ index: Int) throws {
    let (name, text, word) = Self.notHDF5[index]
    try refuseConversion(try folder.file("\(name).h5", text), saying: [word])
  }

  @Test func aTruncatedDownloadSaysHowMuchIsThere() throws {
    let path = try folder.file("cut.h5", Array(good[..<500_000]))
    try refuseConversion(path, saying: ["500,000 of 1,096,696 bytes"])
  }

  @Test func aMissingFileIsNamed() throws {
    try refuseConversion(folder.path + "/none.h5", saying: ["No such file"])
    try refuseConversion(folder.path, saying: ["holds no model"])
  }

  @Test func anotherBaseDoesNotFit() throws {
    try refuseConversion(
      Program.demoBase, ["--base", "mobilenet_0.5_128"],
      saying: ["does not fit mobilenet_0.5_128", "conv1", "expected 3×3×3×16, found 3×3×3×8"])
    try refuseConversion(Program.demoBase, ["--base", "resnet50"], saying: ["does not fit resnet50"])
    try refuseConversion(
      Program.demoBase, ["--base", "mobilnet_0.25_128"], saying: ["did you mean 'mobilenet_0.25_128'"])
  }

  @Test func aLabelForEachClass() throws {
    let labels = try folder.file("labels.txt", "one\ntwo\n")
    try refuseConversion(Program.demoBase, ["--labels", labels], saying: ["has 8 classes, but 2 labels"])
    for (name, bytes, words) in [
      ("gap.txt", Array("one\n\ntwo\n".utf8), "has no name in line 2"),
      ("latin.txt", [0x6D, 0xFC, 0x6C, 0x6C, 0x0A], "is not text in UTF-8"),
    ] {
      let labels = try folder.file(name, bytes)
      try Program.refuse(
        ["convert", Program.demoBase, "--labels", labels, "-o", folder.path + "/out.zoo"],
        saying: [labels, words], writingNothingIn: folder)
    }
  }

  @Test func editorsLeaveTheirMarksInLabels() throws {
    let names = (1...8).map { "class \($0)" }
    let labels = try folder.file("labels.txt", "\u{FEFF}" + names.joined(separator: "\r\n") + "\r\n\r\n")
    let model = folder.path + "/out.zoo"
    try Program.succeed("convert", Program.demoBase, "--labels", labels, "-o", model)
    let inspected = try Program.succeed("inspect", model)
    #expect(inspected.contains("class 1") && !inspected.contains("\u{FEFF}"))
  }

  @Test(arguments: ["x128", "128x", "128xx128", "0", "128x128x128"])
  func sizesThatAreNone(_ size: String) throws {
    let outcome = try Program.run(
      ["convert", Program.demoBase, "--input-size", size, "-o", folder.path + "/out.zoo"])
    #expect(outcome.status == 2 && outcome.errors.contains("found '\(size)'"), "\(outcome)")
  }

  /// A plugin that has nothing to do with the file, and what it says in a message.
  @Test func aPluginAtFaultIsInNobodysWay() throws {
    let code = try folder.file(
      "plugin.c",
      #"""
      #include <stdint.h>
      #include <stddef.h>
      #include <string.h>
      static char *respond(const char *request) {
        return strdup(strstr(request, "architecture") ? "{\"error\":\"no graph\\ntoday\"}" :
          "{\"family\":\"A\",\"bases\":[{\"name\":\"x\",\"family\":\"A\",\"inputSize\":64,\"minimumInputSize\":32,"
          "\"preprocessing\":\"tf\",\"parameters\":9,\"parametersWithoutTop\":8,\"published\":[]}]}");
      }
      static struct { uint64_t abi; char *(*respond)(const char *); } record[] = {{1, respond}};
      void *zoo_plugin_records(size_t *count) { *count = 1; return record; }
      """#)
    let (library, output) = (folder.path + "/x.so", folder.path + "/out.zoo")
    let built = try Program.run(["-shared", "-fPIC", "-o", library, code], executable: "/usr/bin/cc")
    try #require(built.status == 0, "\(built)")
    let outcome = try Program.run(["convert", Program.demoBase, "-o", output, "--plugin-path", library])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors.contains("x could not be tried: plugin \(library): no graph today"), "\(outcome)")
    try Program.refuse(
      ["convert", Program.demoBase, "--base", "x", "-o", folder.path + "/no.zoo", "--plugin-path", library],
      saying: ["no graph today"], writingNothingIn: folder)
  }

  @Test func theOutputsFolderMustExist() throws {
    try Program.refuse(
      ["convert", Program.demoBase, "-o", folder.path + "/none/out.zoo"],
      saying: ["/none/out.zoo", "does not exist; create it first"], writingNothingIn: folder)
    try Program.refuse(
      ["convert", Program.demoBase, "-o", "/proc/out.zoo"], saying: ["/proc/out.zoo: cannot write"],
      writingNothingIn: folder)
  }

  /// The message of each kind of damage; the format's own tests flip every byte.
  @Test func damagedZooFilesAreRefusedByEveryVerb() throws {
    let path = folder.path + "/demo.zoo"
    try Program.succeed("convert", Program.demoBase, "-o", path)
    let bytes = try InputFile.contents(of: path, limit: 1 << 24)
    var flipped = bytes
    flipped[100] ^= 1
    var late = bytes
    late[bytes.count / 2] ^= 1
    var newer = bytes
    newer[8] = 9
    let damages: [(String, [UInt8], String)] = [
      ("late.zoo", late, "the checksum is wrong"),
      (
        "pointer.zoo", Array("version https://git-lfs.github.com/spec/v1\n".utf8),
        "Git LFS pointer, not a .zoo file"
      ),
      ("flipped.zoo", flipped, "the checksum is wrong"),
      ("cut.zoo", Array(bytes.dropLast(1_000)), "is cut off"),
      ("longer.zoo", bytes + [0], "1 bytes too many"),
      ("newer.zoo", newer, "format 9.0"),
      ("empty.zoo", [], "is empty"),
      ("other.zoo", good, "HDF5 file, not a .zoo file"),
    ]
    let pixels = Program.root + "/Tests/Goldens/demo/pixels.npy"
    for (name, bytes, word) in damages {
      let damaged = try folder.file(name, bytes)
      try Program.refuse(["verify", damaged], saying: [damaged, word], writingNothingIn: folder)
      // The file comes first, not the layer it was read for.
      try Program.refuse(
        ["extract", damaged, pixels, "-o", folder.path + "/f.npy"], saying: ["zoo: " + damaged, word],
        writingNothingIn: folder)
      try Program.refuse(["predict", damaged, pixels], saying: [damaged, word], writingNothingIn: folder)
    }
  }

  @Test func rejectedPluginsEndTheRun() throws {
    let path = try folder.file("text.so", "not a library")
    for verb in [["list"], ["plugins"], ["identify", Program.demoBase]] {
      try Program.refuse(
        verb + ["--plugin-path", path], saying: [path, "cannot be loaded as a shared library"],
        writingNothingIn: folder)
    }
  }
}
