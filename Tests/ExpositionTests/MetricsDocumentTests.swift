import Exposition
import Foundation
import Testing

@Suite struct MetricsDocumentTests {
    /// `docs/metrics.md` of this checkout.
    private static let page = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/metrics.md")

    @Test func `the page is what the catalogue says`() throws {
        let generated = MetricsDocument.markdown()
        if ProcessInfo.processInfo.environment["LAGWARDEN_WRITE_DOCS"] == "1" {
            try generated.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.page, encoding: .utf8)
        #expect(
            written == generated,
            "docs/metrics.md is stale: LAGWARDEN_WRITE_DOCS=1 swift test --filter MetricsDocumentTests")
    }

    @Test func `every family has one row`() {
        let page = MetricsDocument.markdown()
        for family in Catalogue.all {
            #expect(page.components(separatedBy: "| `\(family.name)` |").count == 2)
        }
    }
}
