// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "casevault",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "casevault", targets: ["casevault"]),
    .executable(name: "casevault-intake", targets: ["casevault-intake"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium",
      providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
    .systemLibrary(
      name: "CGMime", pkgConfig: "gmime-3.0",
      providers: [.apt(["libgmime-3.0-dev"]), .brew(["gmime"])]),
    .systemLibrary(
      name: "CFuse", pkgConfig: "fuse3",
      providers: [.apt(["libfuse3-dev"]), .brew(["macfuse"])]),
    .target(name: "CPlatform"),
    .target(name: "Sealing", dependencies: ["CSodium"]),
    .target(name: "VaultFormat"),
    .target(
      name: "Storage",
      dependencies: ["CPlatform", .product(name: "SystemPackage", package: "swift-system")]),
    .target(name: "CaseVault", dependencies: ["CPlatform", "Sealing", "VaultFormat", "Storage"]),
    .target(
      name: "Agent",
      dependencies: ["CaseVault", "CPlatform", "Sealing", "VaultFormat", "Storage"]),
    .target(
      name: "Mount",
      dependencies: [
        "CFuse", "CPlatform", "Sealing", "VaultFormat", "Storage", "CaseVault", "Agent",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Exchange",
      dependencies: [
        "CaseVault", "CPlatform", "VaultFormat",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Terminal",
      dependencies: [.product(name: "SystemPackage", package: "swift-system")]),
    .target(
      name: "Commands",
      dependencies: [
        "CPlatform", "Sealing", "VaultFormat", "Storage", "CaseVault", "Agent", "Mount",
        "Exchange", "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .executableTarget(name: "casevault", dependencies: ["Commands"]),
    .executableTarget(
      name: "casevault-intake",
      dependencies: [
        "CGMime", "CPlatform",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "TestSupport",
      dependencies: [
        "CPlatform", "Sealing", "VaultFormat", "Storage", "CaseVault",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/TestSupport"),
    .testTarget(name: "SealingTests", dependencies: ["Sealing", "TestSupport"]),
    .testTarget(name: "VaultFormatTests", dependencies: ["VaultFormat", "TestSupport"]),
    .testTarget(
      name: "StorageTests",
      dependencies: [
        "Storage", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(
      name: "CaseVaultTests",
      dependencies: ["CaseVault", "Sealing", "VaultFormat", "Storage", "TestSupport"]),
    .testTarget(
      name: "MountTests",
      dependencies: ["Mount", "CaseVault", "Sealing", "VaultFormat", "Storage", "TestSupport"]),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal"]),
    .testTarget(name: "IntakeTests", dependencies: ["casevault-intake", "TestSupport"]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "casevault", "Commands", "Agent", "CaseVault", "Storage", "VaultFormat", "TestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// Preloaded into programs under test.
#if os(Linux)
  package.products.append(.library(name: "TestClock", type: .dynamic, targets: ["TestClock"]))
  package.targets.append(.target(name: "TestClock", path: "Tests/TestClock"))
#endif

for target in package.targets where target.type != .system {
  var settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  ]
  if ["Sealing", "VaultFormat", "Storage"].contains(target.name) {
    settings.append(.strictMemorySafety())
  }
  target.swiftSettings = settings
}
