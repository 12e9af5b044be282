// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the main build never pays for it. `package`
// access ends at a package's border, and a target may not lie outside its
// package: `Product` is a link to ../../Sources, and the product's own targets
// are compiled here once more, from the same files, with the same settings.
let package = Package(
  name: "casevault-benchmark",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CSodium", path: "Product/CSodium", pkgConfig: "libsodium",
      providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
    .target(name: "CPlatform", path: "Product/CPlatform"),
    .target(name: "Sealing", dependencies: ["CSodium"], path: "Product/Sealing"),
    .target(name: "VaultFormat", path: "Product/VaultFormat"),
    .target(
      name: "Storage",
      dependencies: ["CPlatform", .product(name: "SystemPackage", package: "swift-system")],
      path: "Product/Storage"),
    .target(
      name: "CaseVault", dependencies: ["CPlatform", "Sealing", "VaultFormat", "Storage"],
      path: "Product/CaseVault"),
    .target(
      name: "Exchange",
      dependencies: [
        "CaseVault", "CPlatform", "VaultFormat",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Product/Exchange"),
    .executableTarget(
      name: "benchmark",
      dependencies: ["CSodium", "Sealing", "VaultFormat", "Storage", "CaseVault", "Exchange"],
      path: "Benchmark"),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  ]
}
