import ClusterAccess
import Foundation
import Testing

@testable import Configuration

/// The annotated file is the documentation of every key; these tests hold it to the code.
@Suite struct ReferenceFileTests {
    private static let path = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "deploy/lagwarden.reference.yaml").path

    /// Lists of mappings that are empty by default.
    private static let emptyLists: Set = [
        "granularity_overrides", "notifications.sinks", "notifications.rules",
    ]

    private let text: String
    private let bytes: [UInt8]

    init() throws {
        bytes = try FileReader.read(Self.path)
        text = String(decoding: bytes, as: UTF8.self)
    }

    @Test func holdsExactlyTheDefaults() throws {
        var expected = Settings()
        var cluster = ClusterSettings()
        cluster.brokers = ["localhost:9092"]
        expected.clusters = [cluster]
        #expect(try Settings.parse(bytes, name: "reference") == expected)
    }

    @Test func namesEveryKeyAndNoOther() throws {
        let root = try YAMLReader.read(bytes, name: "reference")
        var documented = Set(Self.paths(of: root, at: ""))
        // These lists are empty by default; their keys are described in comments.
        let known = Set(
            Settings.keys.map { $0.path.hasSuffix("[]") ? String($0.path.dropLast(2)) : $0.path })
        for list in Self.emptyLists {
            let keys = known.compactMap { path in
                path.hasPrefix("\(list)[].") ? String(path.dropFirst(list.count + 3)) : nil
            }
            #expect(!keys.isEmpty)
            for key in keys {
                #expect(text.contains("# key \(key):"), "\(list) \(key)")
                documented.insert("\(list)[].\(key)")
            }
        }
        #expect(documented.subtracting(Self.emptyLists) == known)
    }

    /// Each key's comment gives type, default and an example.
    @Test func describesEveryKey() {
        var comment = ""
        var described = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop { $0 == " " || $0 == "-" }
            if trimmed.hasPrefix("#") {
                comment += trimmed + "\n"
            } else if trimmed.isEmpty {
                comment = ""
            } else {
                let isSection = trimmed.hasSuffix(":")
                if !isSection {
                    #expect(comment.contains("type: "), "\(line)")
                    #expect(comment.contains("default: "), "\(line)")
                    #expect(comment.contains("example: "), "\(line)")
                    described += 1
                }
                comment = ""
            }
        }
        // An empty list itself has a comment too, besides its keys.
        let below = Settings.keys.filter { key in
            Self.emptyLists.contains { key.path.hasPrefix("\($0)[]") }
        }
        #expect(described == Settings.keys.count - below.count + Self.emptyLists.count)
    }

    /// Every example of the file is laid over the file in the place of its default.
    @Test func documentedExamplesParse() throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var example: String?
        var tried = 0
        for index in lines.indices {
            let line = lines[index]
            let trimmed = String(line.drop { $0 == " " })
            if trimmed.hasPrefix("#") {
                if let range = line.range(of: "example: ") { example = String(line[range.upperBound...]) }
                if let range = line.range(of: "{security.protocol") {
                    example = String(line[range.lowerBound...])
                }
                continue
            }
            if let example, let colon = line.range(of: ": ") {
                lines[index] = line[..<colon.upperBound] + example
                tried += 1
            }
            example = nil
        }
        #expect(tried > 25)
        // Two examples give the same secret in two ways; a file has one.
        let file = lines.joined(separator: "\n").replacing("{sasl.password: KAFKA_PASSWORD}", with: "{}")
        let settings = try Settings.parse(Array(file.utf8), name: "examples")
        #expect(settings.clusters[0].name == "production")
        #expect(settings.granularity.granularity(of: "batch-1") == .group)
        #expect(settings.clusters[0].labels == ["region": "eu-west", "team": "payments"])
    }

    @Test func namesEveryFlagAndVariable() {
        for override in Override.all {
            #expect(text.contains("--\(override.flag)"))
            if let variable = override.environment { #expect(text.contains(variable)) }
        }
    }

    /// Paths of the leaves, with `[]` for elements.
    private static func paths(of node: YAMLNode, at path: String) -> [String] {
        switch node.content {
        case .mapping(let entries) where !entries.isEmpty:
            entries.flatMap { paths(of: $0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
        case .sequence(let elements) where !elements.isEmpty:
            elements.flatMap { element in
                if case .scalar = element.content { [path] } else { paths(of: element, at: path + "[]") }
            }
        case .null, .scalar, .sequence, .mapping: [path]
        }
    }
}
