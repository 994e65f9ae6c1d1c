import ClusterAccess
import Testing

@Suite struct NameFilterTests {
    private func patterns(_ sources: String...) throws -> [NamePattern] {
        try sources.map { try NamePattern($0) }
    }

    @Test func plainTextIsThatVeryName() throws {
        let pattern = try NamePattern("orders.eu")
        #expect(pattern.matches("orders.eu"))
        #expect(!pattern.matches("orders-eu"))
        #expect(!pattern.matches("orders.eu2"))
        #expect(pattern.literal == "orders.eu")
    }

    @Test func slashesMakeAnExpressionOfTheWholeName() throws {
        let pattern = try NamePattern("/orders.eu/")
        #expect(pattern.matches("orders-eu"))
        #expect(!pattern.matches("my-orders-eu"))
        #expect(pattern.literal == nil)
        #expect(try NamePattern(#"/\/name/"#).matches("/name"))
        #expect(try NamePattern("/a/b/").matches("a/b"))
    }

    @Test(arguments: ["", "/", "//", "/a", "/name/x", "/(/"])
    func refuses(_ source: String) {
        #expect(throws: NamePatternError.self) { try NamePattern(source) }
    }

    @Test func emptyFilterAdmitsEverything() {
        #expect(NameFilter().admits("anything"))
        #expect(NameFilter().admits(""))
    }

    @Test func includeNarrowsAndExcludeWins() throws {
        let filter = NameFilter(
            include: try patterns("billing", "/orders-.*/"), exclude: try patterns("/.*-test/", "orders-x"))
        #expect(filter.admits("billing"))
        #expect(filter.admits("orders-1"))
        #expect(!filter.admits("orders-x"))
        #expect(!filter.admits("orders-1-test"))
        #expect(!filter.admits("shipping"))
    }

    @Test func firstMatchingGranularityRuleWins() throws {
        let rules = GranularityRules(
            standard: .topic,
            overrides: [
                .init(groups: try NamePattern("batch-1"), granularity: .partition),
                .init(groups: try NamePattern("/batch-.*/"), granularity: .group),
            ])
        #expect(rules.granularity(of: "batch-1") == .partition)
        #expect(rules.granularity(of: "batch-2") == .group)
        #expect(rules.granularity(of: "other") == .topic)
    }
}
