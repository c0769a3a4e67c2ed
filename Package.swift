// swift-tools-version: 6.3
import Glibc
import PackageDescription

/// Architecture families linked into the program. To add one: a folder `Plugins/<Family>` and its name here.
let families = [
  "VGG", "ResNet", "MobileNet", "DenseNet", "Xception", "Inception", "NASNet", "EfficientNet", "ConvNeXt",
]

func family(_ name: String) -> Target {
  .target(name: name, dependencies: ["ZooGraph", "ZooPlugin"], path: "Plugins/\(name)")
}

/// A C library installed with the system; its module map is in `Sources/CLibraries/<name>`.
func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A helper program that decodes pictures, and the library that it alone links. It is built where the library is.
struct PictureHelper {
  var name: String
  var library: String
  var pkgConfig: String
  /// The lowest version, as in `Sources/CLibraries/dependencies.sh`.
  var least: String
  var apt: String
  /// A target that calls what Swift cannot call of the library.
  var shim: String?

  var isAvailable: Bool { system("pkg-config --atleast-version=\(least) \(pkgConfig) 2>/dev/null") == 0 }

  var targets: [Target] {
    let called = shim.map { [Target.target(name: $0, dependencies: [.target(name: library)])] } ?? []
    return [systemLibrary(library, pkgConfig: pkgConfig, apt: apt)] + called + [
      .executableTarget(
        name: name, dependencies: [.target(name: shim ?? library), "ZooDecoding"])
    ]
  }
}

let pictureHelpers = [
  PictureHelper(
    name: "zoo-tiff", library: "CTIFF", pkgConfig: "libtiff-4", least: "4.0", apt: "libtiff-dev",
    shim: "CTIFFShim"),
  PictureHelper(
    name: "zoo-heif", library: "CHEIF", pkgConfig: "libheif", least: "1.15", apt: "libheif-dev"),
  PictureHelper(name: "zoo-jxl", library: "CJXL", pkgConfig: "libjxl", least: "0.7", apt: "libjxl-dev"),
].filter(\.isAvailable)
let pictureHelperPrograms = pictureHelpers.map { Target.Dependency.target(name: $0.name) }

let package = Package(
  name: "zoo",
  products: [
    .executable(name: "zoo", targets: ["zoo"]),
    .executable(name: "zoo-hdf5", targets: ["zoo-hdf5"]),
    // The common way, with one import, and the bundled families.
    .library(name: "Zoo", targets: ["Zoo"] + families),
    // The bundled families; linking them is enough for the registry to find them.
    .library(name: "ZooFamilies", targets: families),
    .library(name: "ZooGraph", targets: ["ZooGraph"]),
    .library(name: "ZooPlugin", targets: ["ZooPlugin"]),
    .library(name: "ZooConformance", targets: ["ZooConformance"]),
    .library(name: "ZooFile", targets: ["ZooFile"]),
    .library(name: "ZooKeras", targets: ["ZooKeras"]),
    .library(name: "ZooONNX", targets: ["ZooONNX"]),
    .library(name: "ZooExport", targets: ["ZooExport"]),
    .library(name: "ZooEngine", targets: ["ZooEngine"]),
    .library(name: "ZooImage", targets: ["ZooImage"]),
    .library(name: "ZooFeatures", targets: ["ZooFeatures"]),
    .library(name: "ZooEvaluate", targets: ["ZooEvaluate"]),
    .library(name: "ZooReport", targets: ["ZooReport"]),
    .library(name: "ZooProbe", targets: ["ZooProbe"]),
    .library(name: "ZooDoctor", targets: ["ZooDoctor"]),
    .library(name: "ZooFetch", targets: ["ZooFetch"]),
    .library(name: "ZooStore", targets: ["ZooStore"]),
    .library(name: "ZooArrays", targets: ["ZooArrays"]),
    .library(name: "ZooHDF5", targets: ["ZooHDF5"]),
    .library(name: "ZooSystem", targets: ["ZooSystem"]),
    .library(name: "ZooTrain", targets: ["ZooTrain"]),
    .library(name: "ZooTransfer", targets: ["ZooTransfer"]),
  ] + pictureHelpers.map { .executable(name: $0.name, targets: [$0.name]) },
  targets: [
    // Values: shapes, layer kinds, graphs.
    .target(name: "ZooGraph"),
    .testTarget(name: "ZooGraphTests", dependencies: ["ZooGraph"]),

    // Files, digests: what every module that touches the disk shares.
    systemLibrary("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    systemLibrary("CDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    // The file VERSION.
    .target(name: "CZooVersion"),
    .target(name: "ZooSystem", dependencies: ["CCrypto", "CDeflate", "CZooVersion"]),
    .testTarget(name: "ZooSystemTests", dependencies: ["ZooSystem"]),

    // Downloads.
    systemLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    .target(name: "CCurlShim", dependencies: ["CCurl"]),
    .target(name: "ZooFetch", dependencies: ["ZooSystem", "CCurlShim"]),
    .testTarget(name: "ZooFetchTests", dependencies: ["ZooFetch", "ZooHDF5", "ZooSystem", "zoo"]),

    // Array files exchanged with Python: npy, npz, safetensors, csv; zip.
    systemLibrary("CZip", pkgConfig: "libzip", apt: "libzip-dev"),
    .target(name: "ZooArrays", dependencies: ["ZooGraph", "ZooSystem", "CZip"]),
    .testTarget(
      name: "ZooArraysTests", dependencies: ["ZooArrays", "ZooGraph", "ZooSystem"],
      exclude: ["Goldens"]),

    // Both sides of the talk with helper processes, and the limits of these.
    .target(name: "ZooHelper", dependencies: ["ZooSystem"]),

    // HDF5: a client, and the helper process which alone links libhdf5.
    systemLibrary("CHDF5", pkgConfig: "hdf5", apt: "libhdf5-dev"),
    .target(name: "ZooHDF5", dependencies: ["ZooGraph", "ZooHelper", "ZooSystem"]),
    .executableTarget(name: "zoo-hdf5", dependencies: ["CHDF5", "ZooHDF5", "ZooHelper", "ZooSystem"]),
    .testTarget(
      name: "ZooHDF5Tests", dependencies: ["ZooHDF5", "zoo-hdf5"], exclude: ["Fixtures"]),

    // What the program and the helpers that decode pictures have in common.
    .target(name: "ZooDecoding", dependencies: ["ZooHelper", "ZooSystem"]),

    // Pictures: decoding, resizing, dataset folders. The shim catches the longjmp of libjpeg and libpng.
    systemLibrary("CJPEG", pkgConfig: "libjpeg", apt: "libjpeg-dev"),
    systemLibrary("CPNG", pkgConfig: "libpng", apt: "libpng-dev"),
    systemLibrary("CWebP", pkgConfig: "libwebpdemux", apt: "libwebp-dev"),
    systemLibrary("CGif", apt: "libgif-dev"),
    .target(name: "CImageShim", dependencies: ["CJPEG", "CPNG"]),
    .target(
      name: "ZooImage",
      dependencies: [
        "ZooArrays", "ZooDecoding", "ZooGraph", "ZooHelper", "ZooSystem", "CImageShim", "CWebP", "CGif",
      ]),
    .testTarget(
      name: "ZooImageTests",
      dependencies: ["ZooImage", "ZooDecoding", "ZooGraph", "ZooHelper", "ZooSystem"] + pictureHelperPrograms,
      exclude: ["Goldens", "Foreign"]),

    // Architecture plugins: their interface, the registry that finds them.
    .target(name: "CZooPlugin"),
    .target(name: "ZooPlugin", dependencies: ["ZooGraph", "ZooSystem", "CZooPlugin"]),
    .testTarget(
      name: "ZooPluginTests",
      dependencies: ["ZooPlugin", "ZooConformance", "ZooGraph", "ZooSystem", "NestedBuild"]),

    // What every base must fulfil, registered here or brought by a plugin.
    .target(name: "ZooConformance", dependencies: ["ZooGraph", "ZooPlugin"]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["ZooConformance", "ZooGraph", "ZooPlugin"] + families.map { .target(name: $0) }),

    // The native format, described in FORMAT.md.
    .target(name: "ZooFile", dependencies: ["ZooGraph", "ZooSystem", "CZlib"]),
    .testTarget(name: "ZooFileTests", dependencies: ["ZooFile"]),

    // Runs graphs.
    // oneDNN 2 and 3 seen as one; it has no pkg-config file everywhere.
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CPeak"),
    .target(name: "CKernels"),
    .target(
      name: "ZooEngine",
      dependencies: ["ZooGraph", "ZooSystem", "COneDNN", "CKernels", "CPeak"]),
    .testTarget(name: "ZooEngineTests", dependencies: ["ZooEngine", "ZooSystem"]),

    // Keras' files: recognising, importing.
    .target(
      name: "ZooKeras",
      dependencies: ["ZooGraph", "ZooPlugin", "ZooFile", "ZooHDF5", "ZooArrays", "ZooSystem"]),
    .testTarget(
      name: "ZooKerasTests",
      dependencies: [
        "ZooKeras", "ZooArrays", "ZooExport", "ZooFile", "ZooGraph", "ZooHDF5", "ZooPlugin", "ZooSystem",
        "zoo-hdf5",
      ] + families.map { .target(name: $0) },
      exclude: ["Fixtures"]),

    // Models for other runtimes.
    .target(name: "ZooONNX", dependencies: ["ZooGraph", "ZooFile", "ZooSystem"]),
    .testTarget(name: "ZooONNXTests", dependencies: ["ZooONNX", "ZooFile", "ZooGraph", "ZooSystem"]),

    // Models given away: a file per format.
    .target(
      name: "ZooExport",
      dependencies: ["ZooGraph", "ZooFile", "ZooKeras", "ZooHDF5", "ZooArrays", "ZooONNX", "ZooSystem"]),
    .testTarget(
      name: "ZooExportTests", dependencies: ["ZooExport", "ZooFile", "ZooGraph", "ZooSystem", "zoo-hdf5"]),

    // From pictures to features and predictions.
    .target(
      name: "ZooFeatures",
      dependencies: [
        "ZooGraph", "ZooPlugin", "ZooFile", "ZooEngine", "ZooImage", "ZooArrays", "ZooHDF5", "ZooSystem",
      ]),

    .testTarget(
      name: "ZooFeaturesTests", dependencies: ["ZooFeatures", "ZooFile", "ZooGraph", "ZooImage", "ZooSystem"]),

    // Heads, freezing, losses, optimizers, the training itself.
    .target(name: "ZooTrain", dependencies: ["ZooGraph", "ZooEngine", "ZooArrays", "ZooSystem"]),
    .testTarget(name: "ZooTrainTests", dependencies: ["ZooTrain", "ZooArrays", "ZooSystem"]),

    // From a base and pictures to a classifier: trainer, feature cache and files joined.
    .target(
      name: "ZooTransfer",
      dependencies: [
        "ZooTrain", "ZooFeatures", "ZooEvaluate", "ZooImage", "ZooEngine", "ZooFile", "ZooGraph", "ZooSystem",
      ]),
    .testTarget(
      name: "ZooTransferTests",
      dependencies: [
        "ZooTransfer", "ZooTrain", "ZooFeatures", "ZooFile", "ZooGraph", "ZooImage", "ZooSystem",
      ]),

    // Training steps for the comparison with Keras.
    .executableTarget(
      name: "zoo-train-parity",
      dependencies: ["ZooTrain", "ZooPlugin", "ZooArrays", "ZooSystem"]
        + families.map { .target(name: $0) },
      path: "Tests/Interop/TrainParity"),

    // How well a classifier does.
    .target(
      name: "ZooEvaluate", dependencies: ["ZooFeatures", "ZooFile", "ZooGraph", "ZooImage", "ZooSystem"]),
    .testTarget(
      name: "ZooEvaluateTests",
      dependencies: ["ZooEvaluate", "ZooFeatures", "ZooFile", "ZooGraph", "ZooImage", "ZooSystem"]),

    // A measured or trained classifier as a page to show.
    .target(
      name: "ZooReport",
      dependencies: [
        "ZooEvaluate", "ZooTrain", "ZooProbe", "ZooFile", "ZooImage", "ZooEngine", "ZooGraph", "ZooSystem",
      ]),
    .testTarget(
      name: "ZooReportTests",
      dependencies: [
        "ZooReport", "ZooEvaluate", "ZooTrain", "ZooProbe", "ZooFile", "ZooImage", "ZooGraph", "ZooSystem",
      ]),

    // What features are worth: linear and nearest-neighbour classifiers on them.
    systemLibrary("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev"),
    .target(name: "ZooProbe", dependencies: ["COpenBLAS", "ZooSystem"]),
    .testTarget(name: "ZooProbeTests", dependencies: ["ZooProbe", "ZooSystem"]),

    // What is wrong with a data set.
    .target(name: "ZooDoctor", dependencies: ["ZooImage", "ZooSystem"]),
    .testTarget(name: "ZooDoctorTests", dependencies: ["ZooDoctor", "ZooImage", "ZooSystem"]),

    // Models by name: fetched, converted once.
    .target(
      name: "ZooStore",
      dependencies: ["ZooFetch", "ZooFile", "ZooGraph", "ZooKeras", "ZooONNX", "ZooPlugin", "ZooSystem"]),

    // All of it with one import, for programs.
    .target(
      name: "Zoo",
      dependencies: [
        "ZooEngine", "ZooExport", "ZooFeatures", "ZooFetch", "ZooFile", "ZooGraph", "ZooImage", "ZooKeras",
        "ZooPlugin", "ZooStore", "ZooSystem", "ZooTrain", "ZooTransfer",
      ],
      path: "Sources/ZooLibrary"),
    .testTarget(
      name: "ZooLibraryTests",
      dependencies: ["Zoo", "ZooArrays", "ZooSystem", "NestedBuild", "zoo-demo", "zoo-hdf5"]
        + families.map { .target(name: $0) }),

    // Packages of others, which tests build.
    .target(name: "NestedBuild", dependencies: ["ZooSystem"], path: "Tests/NestedBuild"),

    // The command line.
    .executableTarget(
      name: "zoo",
      dependencies: [
        "ZooGraph", "ZooPlugin", "ZooConformance", "ZooFile", "ZooHDF5", "ZooKeras", "ZooONNX", "ZooExport",
        "ZooFeatures", "ZooEvaluate",
        "ZooReport", "ZooProbe", "ZooDoctor", "ZooFetch", "ZooEngine", "ZooImage", "ZooStore", "ZooSystem",
        "ZooTrain", "ZooTransfer",
      ]
        + families.map { .target(name: $0) }),

    .testTarget(
      name: "ZooProgramTests",
      dependencies: ["zoo", "zoo-hdf5", "ZooArrays", "ZooExport", "ZooImage", "ZooSystem"]
        + pictureHelperPrograms),

    // What `make demo` needs beside the program.
    .executableTarget(name: "zoo-demo", dependencies: ["ZooArrays", "ZooSystem"], path: "zoo/demo"),
  ] + families.map(family) + pictureHelpers.flatMap(\.targets)
)
