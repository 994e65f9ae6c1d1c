import Testing

/// The direction of imports, written down a second time so that turning an arrow in the manifest is noticed.
@Suite("Imports go one way")
struct ImportTests {
    /// What each target may import of the others; a target that is not here may not exist.
    static let allowed: [String: Set<String>] = [
        "ClusterAccess": [],
        "StructuredLog": [],
        "LagModel": ["ClusterAccess"],
        "OffsetsTopic": ["ClusterAccess"],
        "GroupJournal": ["ClusterAccess", "LagModel", "OffsetsTopic"],
        "LagAnalysis": ["ClusterAccess", "LagModel"],
        "Exposition": ["ClusterAccess", "LagModel"],
        "KafkaClient": ["ClusterAccess", "StructuredLog", "CRdKafka"],
        "Incidents": ["ClusterAccess"],
        "Configuration": ["ClusterAccess", "Incidents", "StructuredLog", "CYAML"],
        "HTTPService": ["StructuredLog", "CMicroHTTPD", "CZlib"],
        "Notifications": ["ClusterAccess", "Incidents", "StructuredLog", "CCurl"],
        "Monitor": ["ClusterAccess", "GroupJournal", "LagAnalysis", "LagModel", "StructuredLog"],
        "Service": [
            "CBuildInfo", "CMalloc", "ClusterAccess", "Configuration", "Exposition", "HTTPService",
            "Incidents", "LagAnalysis", "LagModel", "Monitor", "Notifications", "StructuredLog",
        ],
        "KafkaLauncher": [],
        "Demo": [
            "ClusterAccess", "HTTPService", "KafkaClient", "KafkaLauncher", "LagModel", "Monitor",
            "OffsetsTopic", "Service",
            "StructuredLog",
        ],
        "lagwarden": [
            "ClusterAccess", "Configuration", "Demo", "Exposition", "HTTPService", "Incidents",
            "KafkaClient", "LagAnalysis", "LagModel", "Monitor", "Notifications", "Service", "StructuredLog",
        ],
        "LagwardenTestKit": ["ClusterAccess", "KafkaLauncher", "OffsetsTopic", "StructuredLog"],
        "Fuzz": ["LagwardenTestKit", "OffsetsTopic"],
        "LoadHarness": [
            "ClusterAccess", "HTTPService", "KafkaLauncher", "LagAnalysis", "LagModel", "LagwardenTestKit",
            "Monitor", "OffsetsTopic", "Service", "StructuredLog",
        ],
        "KafkaTurns": [],
        "LiveBenchmarks": ["KafkaLauncher", "LagwardenTestKit"],
        "Benchmarks": [
            "CAllocationCounter", "ClusterAccess", "Exposition", "GroupJournal", "HTTPService",
            "KafkaLauncher", "LagAnalysis", "LagModel", "LagwardenTestKit", "LoadHarness", "Monitor",
            "OffsetsTopic", "Service", "StructuredLog",
        ],
        "BareLoop": [], "CAllocationCounter": [], "CBuildInfo": [], "Locking": [], "CRdKafka": [],
        "CMicroHTTPD": [], "CYAML": [], "CZlib": [],
        "CCurl": [], "CMalloc": [],
    ]

    /// Modules of the platform, and which targets may use them; no entry means none.
    static let pure: Set<String> = [
        "ClusterAccess", "LagModel", "LagAnalysis", "OffsetsTopic", "GroupJournal", "Incidents",
        "Exposition",
    ]
    static let platformOfPure: Set<String> = ["Locking", "Swift"]
    /// Names are matched by Foundation's expressions; turns of suites are traits.
    static let platformExceptions: [String: Set<String>] = [
        "ClusterAccess": ["Foundation"], "KafkaTurns": ["Testing"],
    ]
    static let platform: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Locking", "Synchronization", "Swift",
    ]

    /// Name of the module in an import line; `nil` for other lines.
    static func imported(by line: some StringProtocol) -> String? {
        guard line.contains("import ") else { return nil }
        let pattern =
            #/
            ^\s*(?:@\w+(?:\([^)]*\))?\s+)*
            (?:(?:public|package|internal|fileprivate|private)\s+)?import\s+
            (?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)
            /#
        return String(line).firstMatch(of: pattern).map { String($0.output.1) }
    }

    @Test(
        "An import line is understood",
        arguments: [
            ("import CRdKafka", "CRdKafka"), ("package import LagModel", "LagModel"),
            ("@preconcurrency import Glibc", "Glibc"), ("import struct Foundation.Data", "Foundation"),
            ("@testable private import Monitor", "Monitor"),
        ])
    func reading(line: String, module: String) {
        #expect(Self.imported(by: line) == module)
        #expect(Self.imported(by: "// " + line) == nil)
    }

    @Test("Every source target has its place in the table")
    func everyTarget() {
        let targets = Set(Repository.files.filter { $0.path.hasPrefix("Sources/") }.map(\.target))
        #expect(targets == Set(Self.allowed.keys.map { "Sources/" + $0 }))
    }

    @Test("The table has no circle")
    func noCircle() {
        var left = Self.allowed
        while let leaf = left.first(where: { $0.value.isDisjoint(with: left.keys) }) {
            left[leaf.key] = nil
        }
        #expect(left.isEmpty, "\(left.keys.sorted())")
    }

    @Test("Sources import only what the table allows")
    func onlyAllowed() {
        for file in Repository.sources {
            let target = String(file.target.dropFirst("Sources/".count))
            let platform = Self.pure.contains(target) ? Self.platformOfPure : Self.platform
            let allowed = Self.allowed[target, default: []].union(platform)
                .union(Self.platformExceptions[target, default: []])
            for (index, line) in file.lines.enumerated() {
                guard let module = Self.imported(by: line) else { continue }
                #expect(allowed.contains(module), "\(target) imports \(module) at \(file.path):\(index + 1)")
            }
        }
    }

    @Test(
        "Each C library has one owner",
        arguments: [
            ("CRdKafka", "KafkaClient"), ("CYAML", "Configuration"), ("CMicroHTTPD", "HTTPService"),
            ("CZlib", "HTTPService"), ("CBuildInfo", "Service"), ("CCurl", "Notifications"),
            ("CAllocationCounter", "Benchmarks"), ("CMalloc", "Service"),
        ])
    func oneOwner(library: String, owner: String) {
        let importers = Set(
            Repository.sources.filter { $0.lines.contains { Self.imported(by: $0) == library } }.map(\.target)
        )
        #expect(importers == ["Sources/" + owner])
    }
}
