// swift-tools-version: 6.1
import PackageDescription

// A plugin as a package of its own: `swift build -c release`, then put libTinyNet.so where `zoo plugins` looks.
let package = Package(
  name: "TinyNet",
  products: [.library(name: "TinyNet", type: .dynamic, targets: ["TinyNet"])],
  dependencies: [.package(name: "zoo", path: "../..")],
  targets: [
    .target(
      name: "TinyNet",
      dependencies: [
        .product(name: "ZooGraph", package: "zoo"), .product(name: "ZooPlugin", package: "zoo"),
      ])
  ]
)
