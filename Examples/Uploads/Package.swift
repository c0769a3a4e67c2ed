// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Uploads",
  // In a package of your own: .package(url: "<the repository>/zoo", from: "0.1.0").
  dependencies: [.package(name: "zoo", path: "../..")],
  targets: [
    .executableTarget(
      name: "Uploads",
      dependencies: [
        .product(name: "Zoo", package: "zoo"),
        // The helper that reads HDF5, built beside the program.
        .product(name: "zoo-hdf5", package: "zoo"),
      ],
      path: "Sources")
  ]
)
