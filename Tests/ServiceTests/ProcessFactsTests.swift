import ClusterAccess
import Exposition
import Testing

@testable import Service

@Suite struct ProcessFactsTests {
    /// Fields of proc(5) with a program name that holds spaces and parentheses.
    private static let stat = """
        4242 (lag ) warden) 1) S 1 4242 4242 0 -1 4194560 900 0 0 0 150 50 7 8 20 0 9 0 123456 1000 200 \
        18446744073709551615 1 1 0 0

        """

    @Test func `status counts its fields from behind the program's name`() {
        var facts = ProcessFacts()
        facts.readStatus(stat: Self.stat, bootTime: 1_700_000_000, ticksPerSecond: 100)
        #expect(facts.cpuSeconds == 2)
        #expect(facts.threads == 9)
        #expect(facts.startTime == WallTime(nanosecondsSince1970: 1_700_001_234_560_000_000))
    }

    @Test(arguments: [
        "", "no parenthesis", "1 (x)", "1 (x) S 1 2", "1 (x) S a b c d e f g h i j k l m n o p q r s",
    ])
    func `a status that cannot be read tells nothing`(stat: String) {
        var facts = ProcessFacts()
        facts.readStatus(stat: stat, bootTime: 1, ticksPerSecond: 100)
        #expect(facts == ProcessFacts())
    }

    @Test func `memory is counted in pages`() {
        var facts = ProcessFacts()
        facts.readMemory(statm: "300 20 10 1 0 5 0\n", pageSize: 4_096)
        #expect(facts.virtualMemoryBytes == 1_228_800)
        #expect(facts.residentMemoryBytes == 81_920)
    }

    @Test(
        arguments: [
            (
                "Limit Soft Hard\nMax open files            1024           524288           files\n",
                1_024
            ),
            ("Max open files            unlimited            unlimited            files\n", nil),
            ("Max processes 1 2\n", nil), ("", nil),
        ] as [(String, Int64?)])
    func `the soft limit of open files counts`(limits: String, expected: Int64?) {
        #expect(ProcessFacts.descriptorsMax(limits: limits) == expected)
    }

    @Test(
        arguments: [
            ("cpu 1 2\nbtime 1700000000\nprocesses 5\n", 1_700_000_000), ("cpu 1 2\n", nil),
            ("btime x\n", nil),
        ] as [(String, Int64?)])
    func `the boot time has a line of its own`(stat: String, expected: Int64?) {
        #expect(ProcessFacts.bootTime(stat: stat) == expected)
    }

    @Test func `this process has facts`() throws {
        let facts = ProcessFacts.current()
        #expect(try #require(facts.cpuSeconds) >= 0)
        #expect(try #require(facts.residentMemoryBytes) > 1_000_000)
        #expect(try #require(facts.virtualMemoryBytes) >= #require(facts.residentMemoryBytes))
        #expect(try #require(facts.openDescriptors) >= 3)
        #expect(try #require(facts.threads) >= 1)
        #expect(try #require(facts.startTime).secondsSince1970 > 1_500_000_000)
    }
}
