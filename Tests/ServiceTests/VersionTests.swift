import Foundation
import Testing

@testable import Service

@Suite("Build information")
struct VersionTests {
    @Test func theBinaryCarriesTheVersionOfTheFile() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../VERSION")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(BuildInfo.version == text.trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(!BuildInfo.revision.isEmpty)
    }
}
