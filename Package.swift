// swift-tools-version: 6.2
import Foundation
import PackageDescription

let isStrict = ProcessInfo.processInfo.environment["TRAILWATCH_STRICT"] != nil

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
    ] + (isStrict ? [.treatAllWarnings(as: .error)] : [])

/// A library target of the data flow; the imports it may use are held by `Tests/TidyTests/LayerTests.swift`.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let yams = Package.Dependency.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")

let package = Package(
    name: "trailwatch",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "trailwatch", targets: ["trailwatch"]),
        .executable(name: "trailwatch-bench", targets: ["trailwatch-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        yams,
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Core: pure, the toolchain only.
        library("TrailModel"),
        library("TrailEvents", ["TrailModel"]),
        library("TrailPatterns", ["TrailModel", "TrailEvents"]),
        library("TrailCounts", ["TrailModel", "TrailEvents", "TrailPatterns"]),
        library("TrailBlocks", ["TrailModel"]),
        library("TrailAlarms", ["TrailModel"]),
        library("TrailTemplates", ["TrailModel", "TrailPatterns", "TrailAlarms"]),
        library("TrailExposition", ["TrailModel"]),
        library("TrailGenerator", ["TrailModel"]),
        // Edges: libraries live here.
        library("TrailYAML", ["TrailModel", "TrailTemplates", .product(name: "Yams", package: "Yams")]),
        library(
            "TrailSources",
            [
                "TrailModel", "TrailEvents", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        library(
            "TrailStore",
            [
                "TrailModel", "TrailEvents", "TrailCounts", "TrailBlocks", "TrailAlarms",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        library(
            "TrailServer",
            [
                "TrailModel", "TrailEvents", "TrailPatterns", "TrailCounts", "TrailAlarms", "TrailTemplates",
                "TrailExposition", "TrailYAML", "TrailSources", "TrailStore", "TrailNotify",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        library(
            "TrailNotify",
            [
                "TrailModel", "TrailAlarms",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]),
        .executableTarget(
            name: "trailwatch",
            dependencies: [
                "TrailModel", "TrailPatterns", "TrailCounts", "TrailAlarms", "TrailTemplates", "TrailSources",
                "TrailStore", "TrailNotify", "TrailServer", "TrailGenerator", "TrailYAML", "CShipped",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "trailwatch-bench",
            dependencies: [
                "TrailModel", "TrailEvents", "TrailPatterns", "TrailCounts", "TrailAlarms", "TrailTemplates",
                "TrailSources",
                "TrailStore",
                "TrailServer", "TrailGenerator", "TrailYAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .systemLibrary(name: "CZlib"),
        // The files of Alarms/ in the binary.
        .target(name: "CShipped"),
        tests("TrailModelTests", ["TrailModel"]),
        tests("TrailEventsTests", ["TrailEvents", "TrailModel"]),
        tests("TrailPatternsTests", ["TrailPatterns", "TrailEvents", "TrailModel"], resources: [.copy("Fixtures")]),
        tests("TrailCountsTests", ["TrailCounts", "TrailEvents", "TrailModel", "TrailPatterns"]),
        tests("TrailBlocksTests", ["TrailBlocks", "TrailModel"]),
        tests("TrailAlarmsTests", ["TrailAlarms", "TrailModel"], resources: [.copy("Fixtures")]),
        tests(
            "TrailTemplatesTests",
            ["TrailTemplates", "TrailModel", "TrailEvents", "TrailPatterns", "TrailAlarms", "TrailYAML"]),
        tests("TidyTests", []),
        tests(
            "TrailSourcesTests",
            [
                "TrailSources", "TrailModel", "TrailEvents",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests(
            "TrailStoreTests",
            [
                "TrailStore", "TrailModel", "TrailEvents", "TrailCounts", "TrailPatterns",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], resources: [.copy("Fixtures")]),
        tests(
            "TrailServerTests",
            [
                "TrailServer", "TrailModel", "TrailAlarms", "TrailCounts", "TrailNotify", "TrailSources", "TrailStore",
                "TrailTemplates", "TrailPatterns", "TrailYAML",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            "TrailwatchTests",
            [
                "trailwatch", "TrailModel", "TrailAlarms", "TrailNotify", "TrailServer", "TrailSources", "TrailStore",
                "TrailTemplates", "TrailYAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests("TrailExpositionTests", ["TrailExposition", "TrailModel"]),
        tests("TrailGeneratorTests", ["TrailGenerator", "TrailModel"]),
        tests(
            "TrailNotifyTests",
            [
                "TrailNotify", "TrailModel", "TrailAlarms",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ], resources: [.copy("Fixtures")]),
    ]
)

// The fuzzer is built alone, with the few targets that it needs: see README.md, "Fuzzing".
if let sanitizers = ProcessInfo.processInfo.environment["TRAILWATCH_FUZZ"] {
    let needed = [
        "TrailModel", "TrailEvents", "TrailPatterns", "TrailAlarms", "TrailTemplates", "TrailYAML", "TrailBlocks",
        "CZlib",
    ]
    package.products = []
    package.dependencies = [yams]
    package.targets.removeAll { !needed.contains($0.name) }
    package.targets.append(
        .executableTarget(
            name: "trailwatch-fuzz",
            dependencies: needed.map { .init(stringLiteral: $0) },
            path: "Tests/Fuzz",
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=\(sanitizers)"])]
        target.linkerSettings = [.unsafeFlags(["-sanitize=\(sanitizers)"])]
    }
}
