// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// Version and commit go into the binary as C macros, which is the one way a manifest can pass text.
let version =
    (try? String(contentsOfFile: Context.packageDirectory + "/VERSION", encoding: .utf8))?
    .trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
let revision =
    Context.gitInformation.map { $0.currentCommit.prefix(12) + ($0.hasUncommittedChanges ? "-dirty" : "") }
    ?? "unknown"

/// One set of rules for every Swift target: the pure ones prove with it that they contain no `unsafe`.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Tests call C and unsafe test doubles freely; everything else stays strict.
let strictTests: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A library target; all but the lock itself may use the lock.
func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: name == lock ? [] : dependencies + [.byName(name: lock)],
        resources: resources, swiftSettings: strict)
}

func tests(_ subject: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target
{
    .testTarget(
        name: "\(subject)Tests",
        dependencies: [.byName(name: subject), "LagwardenTestKit", .byName(name: lock)] + dependencies,
        resources: resources,
        swiftSettings: strictTests)
}

/// Name of the target that holds the one kind of lock.
let lock = "Locking"

let package = Package(
    name: "lagwarden",
    products: [.executable(name: "lagwarden", targets: ["lagwarden"])],
    targets: [
        // C libraries: module map and shim header, nothing else.
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMalloc"),

        .target(
            name: "CBuildInfo",
            cSettings: [
                .define("LAGWARDEN_VERSION", to: "\"\(version)\""),
                .define("LAGWARDEN_REVISION", to: "\"\(revision)\""),
            ]),

        library(lock),

        // Pure: no C, no input or output, time passed in.
        library("ClusterAccess"),
        library("StructuredLog"),
        library("LagModel", ["ClusterAccess"]),
        library("OffsetsTopic", ["ClusterAccess"]),
        library("GroupJournal", ["ClusterAccess", "LagModel", "OffsetsTopic"]),
        library("LagAnalysis", ["ClusterAccess", "LagModel"]),
        library("Incidents", ["ClusterAccess"]),
        library("Exposition", ["ClusterAccess", "LagModel"]),

        // One owner for each C library.
        library("KafkaClient", ["ClusterAccess", "StructuredLog", "CRdKafka"]),
        library("Configuration", ["ClusterAccess", "Incidents", "StructuredLog", "CYAML"]),
        library("HTTPService", ["StructuredLog", "CMicroHTTPD", "CZlib"]),
        library("Notifications", ["ClusterAccess", "Incidents", "StructuredLog", "CCurl"]),

        // The running exporter.
        library("Monitor", ["ClusterAccess", "GroupJournal", "LagAnalysis", "LagModel", "StructuredLog"]),
        library(
            "Service",
            [
                "CBuildInfo", "CMalloc", "ClusterAccess", "LagAnalysis", "LagModel", "Exposition",
                "Incidents", "Monitor",
                "HTTPService", "Notifications", "StructuredLog",
            ]),
        library("KafkaLauncher"),
        library(
            "Demo",
            [
                "ClusterAccess", "LagModel", "KafkaClient", "KafkaLauncher", "OffsetsTopic", "Monitor",
                "HTTPService", "Service", "StructuredLog",
            ]),
        .executableTarget(
            name: "lagwarden",
            dependencies: [
                "ClusterAccess", "Configuration", "Demo", "Exposition", "HTTPService", "Incidents",
                "KafkaClient", "LagAnalysis", "LagModel", "Locking", "Monitor", "Notifications", "Service",
                "StructuredLog",
            ],
            swiftSettings: strict),

        // Proof.
        library(
            "LagwardenTestKit", ["ClusterAccess", "KafkaLauncher", "OffsetsTopic", "StructuredLog"],
            resources: [.copy("Resources/Stage")]),
        // Which suites may have brokers at the same time.
        library("KafkaTurns"),
        library(
            "LoadHarness",
            [
                "ClusterAccess", "HTTPService", "KafkaLauncher", "LagAnalysis", "LagModel",
                "LagwardenTestKit",
                "Monitor", "OffsetsTopic", "Service", "StructuredLog",
            ]),
        // Counts what Benchmarks allocates; nothing else may be linked with it.
        .target(name: "CAllocationCounter"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CAllocationCounter", "ClusterAccess", "Exposition", "GroupJournal", "HTTPService",
                "KafkaLauncher", "LagAnalysis", "LagModel", "LagwardenTestKit", "LoadHarness", "Locking",
                "Monitor", "OffsetsTopic", "Service", "StructuredLog",
            ],
            swiftSettings: strict),
        // Against a real broker: the exporter as a process beside a bare C loop over the same calls.
        .executableTarget(
            name: "LiveBenchmarks", dependencies: ["KafkaLauncher", "LagwardenTestKit"],
            swiftSettings: strict),
        .executableTarget(name: "BareLoop", dependencies: ["CRdKafka"]),
        .executableTarget(
            name: "Fuzz", dependencies: ["LagwardenTestKit", "OffsetsTopic"], swiftSettings: strict),
        tests("ClusterAccess"),
        tests("StructuredLog"),
        tests("LagModel"),
        tests("LagAnalysis", ["ClusterAccess", "LagModel"]),
        tests("OffsetsTopic", ["ClusterAccess"], resources: [.copy("Fixtures")]),
        tests("GroupJournal", ["ClusterAccess", "LagModel", "OffsetsTopic"]),
        tests("Incidents", ["ClusterAccess"]),
        tests("Exposition", ["LagAnalysis", "LagModel", "ClusterAccess"], resources: [.copy("Golden")]),
        tests("KafkaClient", ["ClusterAccess", "StructuredLog", "KafkaLauncher", "KafkaTurns"]),
        tests("Configuration", ["ClusterAccess", "Incidents", "StructuredLog"]),
        tests("HTTPService", ["StructuredLog", "CZlib"]),
        tests("Notifications", ["ClusterAccess", "Incidents", "KafkaLauncher", "StructuredLog"]),
        tests(
            "Monitor",
            [
                "ClusterAccess", "Exposition", "GroupJournal", "LagAnalysis", "LagModel", "OffsetsTopic",
                "StructuredLog",
            ]),
        tests(
            "Service",
            [
                "ClusterAccess", "LagAnalysis", "LagModel", "Exposition", "Incidents", "Monitor",
                "HTTPService", "Notifications", "StructuredLog",
            ]),
        tests(
            "Demo",
            [
                "ClusterAccess", "LagModel", "KafkaClient", "KafkaLauncher", "KafkaTurns", "OffsetsTopic",
                "Monitor", "HTTPService", "Service", "StructuredLog",
            ]),
        tests("LoadHarness", ["ClusterAccess", "KafkaLauncher", "LagModel", "Monitor", "OffsetsTopic"]),
        .testTarget(
            name: "LagwardenTestKitTests",
            dependencies: ["LagwardenTestKit", "KafkaLauncher", "KafkaTurns", "ClusterAccess", "Locking"],
            swiftSettings: strictTests),
        // The repository itself: style, imports, leftovers.
        .testTarget(name: "HouseTests", swiftSettings: strictTests),
        // The built binary against real brokers, and as a process.
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["LagwardenTestKit", "KafkaLauncher", "KafkaTurns", "ClusterAccess", "Locking"],
            swiftSettings: strictTests),
    ],
    swiftLanguageModes: [.v6]
)
