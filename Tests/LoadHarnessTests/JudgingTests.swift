import Testing

@testable import LoadHarness

@Suite("What benchmarks are judged by")
struct JudgingTests {
    private static let lines = BenchLines(
        """
        not JSON at all
        {"benchmark":"load_wide_1","ok":true,"group_partitions":1000,"round_cpu_seconds":0.05,\
        "allocations_per_round":500,"resident_bytes_per_group_partition":300,\
        "series":2000000,"scrape_plain_first_cpu_seconds":1,\
        "scrape_plain_second_seconds":0.25,"copy_seconds":0.1,"scrape_plain_bytes":1000000}
        {"benchmark":"load_wide_1_limited","ok":true,"group_partitions":1000,"series":1000000,\
        "resident_bytes_scraped":450000000,"resident_peak_bytes_scraped":390000000,\
        "scrape_plain_second_seconds":0.2}
        {"benchmark":"load_wide_1_beside_full","ok":true,"part_of_full_round":0.1}
        {"benchmark":"copy","ok":true,"megabytes_per_second":10000}
        {"benchmark":"render_partition_text","ok":true,"megabytes_per_second":1000,\
        "series_per_second":20000000}
        {"benchmark":"pack_lines","ok":true,"megabytes_per_second":5000}
        {"benchmark":"lag","ok":false,"fault":"sum of lags differs"}
        """)

    @Test func ratiosFollowFromTheFigures() {
        let ratios = Dictionary(
            uniqueKeysWithValues: BenchRatio.all(in: Self.lines).map { ($0.name, $0.value) })
        #expect(
            ratios == [
                "wide: CPU of a round with 1 % churn / 100 %": 0.1,
                "wide 1 %: resident bytes per group-partition": 300,
                "wide 1 %: allocations in a round per group-partition": 0.5,
                "wide 1 %: bytes copied in the CPU time of a round per group-partition": 500,
                "wide: CPU of the first scrape / copying the plain bytes": 10,
                "wide: second scrape / copying the plain bytes": 2.5,
                "wide 1 %, limited: resident bytes after scrapes per group-partition": 450_000,
                "wide 1 %, limited: most resident bytes after scrapes per group-partition": 390_000,
                "render_partition_text / copying its bytes": 10, "pack_lines / copying its bytes": 2,
            ])
    }

    @Test func aWrongAnswerIsNamed() {
        #expect(Self.lines.faults.map(\.name) == ["lag"])
        #expect(Self.lines.faults.map(\.fault) == ["sum of lags differs"])
    }

    @Test func targetsAreMetOrNot() {
        let targets = BenchTarget.all(in: Self.lines)
        let met = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.isMet) })
        #expect(
            met == [
                "rendering": true, "wide: resident after scrapes, within the limit of series": false,
                "wide: most that was resident, within the limit of series": true,
                "wide: plain scrape after the first, within the limit, for a million series": false,
                "wide: plain scrape after the first, without a limit, for a million series": true,
                "wide: CPU of a round with 1 % churn": false,
            ])
        #expect(
            targets.map(\.line).contains(
                "NOT met: wide: resident after scrapes, within the limit of series: 450 MB, at most 400 MB"))
    }

    struct Verdict: Sendable {
        var value: Double
        var isWorse = false
        var isBetter = false
    }

    @Test(
        "A ratio may grow by its tolerance and no more",
        arguments: [
            Verdict(value: 100), Verdict(value: 109), Verdict(value: 111, isWorse: true),
            Verdict(value: 92), Verdict(value: 85, isBetter: true),
        ])
    func tolerances(verdict: Verdict) {
        let judgement = BenchJudgement(
            [BenchRatio("memory", verdict.value, .counted)], baseline: ["memory": 100])
        #expect(judgement.worse.isEmpty == !verdict.isWorse)
        #expect(judgement.better.isEmpty == !verdict.isBetter)
        #expect(judgement.isGood == !verdict.isWorse)
    }

    @Test func aReportNamesTheRatioHowMuchAndTheRemedy() {
        let ratios = [BenchRatio("memory", 150, .counted), BenchRatio("fresh", 1, .cpu)]
        let report = BenchJudgement(ratios, baseline: ["memory": 100, "lost": 1]).report(remedy: "do this")
        #expect(
            report == [
                "worse: memory: 150.0, the baseline has 100.0: 1.5 times, 1.1 times are allowed",
                "not measured: lost", "not in the baseline: fresh", "do this",
            ])
        #expect(!BenchJudgement([], baseline: ["lost": 1]).isGood, "what is left out is not good")
    }

    @Test func aBaselineIsReadAsItWasWritten() {
        let ratios = [BenchRatio("a: b / c, 1 %", 0.012_345_67, .cpu), BenchRatio("d", 1_234.5678, .counted)]
        let read = BenchJudgement.read(BenchJudgement.file(ratios))
        #expect(read == ["a: b / c, 1 %": ratios[0].value, "d": ratios[1].value])
        #expect(abs(ratios[0].value - 0.012_345_67) < 0.000_001)
        #expect(BenchJudgement.read("{}") == nil)
        #expect(BenchJudgement.read("{\"a\": \"b\"}") == nil)
        #expect(BenchJudgement.read("nothing") == nil)
    }
}

@Suite("When a process has grown")
struct SoakVerdictTests {
    /// A hundred samples with a warm-up, 100 MB and some noise, changed by `change`.
    private static func samples(_ change: (Int, inout Soak.Sample) -> Void) -> [Soak.Sample] {
        (0..<100).map { number in
            var sample = Soak.Sample(
                round: number, residentBytes: 100_000_000 + number * 7_919 % 400_000,
                heapBytes: 50_000_000 + number * 104_729 % 200_000, descriptors: 20,
                threads: .init(own: 6, pool: 4 + number % 2), series: 5_000)
            if number < 20 { sample.residentBytes -= (20 - number) * 3_000_000 }
            change(number, &sample)
            return sample
        }
    }

    @Test func noiseAndWarmUpAreNoGrowth() throws {
        let verdict = try #require(SoakVerdict(Self.samples { _, _ in }))
        #expect(verdict.fault(cores: 2) == nil)
        #expect(abs(verdict.residentGrowth) < 0.005)
    }

    struct Growth: Sendable {
        var of: String
        var change: @Sendable (Int, inout Soak.Sample) -> Void
        var says: String
    }

    @Test(
        "What grows is named",
        arguments: [
            Growth(of: "resident", change: { $1.residentBytes += $0 * 30_000 }, says: "resident memory"),
            Growth(of: "heap", change: { $1.heapBytes += $0 * 120_000 }, says: "memory in use"),
            Growth(of: "descriptors", change: { $1.descriptors += $0 / 30 }, says: "descriptors"),
            Growth(of: "threads", change: { $1.threads.own += $0 / 50 }, says: "more threads"),
            Growth(of: "a pool", change: { $1.threads.pool += $0 / 30 }, says: "8 threads on 2 cores"),
        ])
    func growth(growth: Growth) throws {
        let verdict = try #require(SoakVerdict(Self.samples(growth.change)))
        #expect(verdict.fault(cores: 2).map { $0.contains(growth.says) } == true, "\(growth.of)")
    }

    @Test func aPeakInOneSampleIsNoGrowth() throws {
        let verdict = try #require(
            SoakVerdict(Self.samples { if $0 % 7 == 0 { $1.residentBytes += 90_000_000 } }))
        #expect(verdict.fault(cores: 2) == nil)
    }

    @Test("Threads are told apart by the names that libdispatch gives")
    func threads() {
        let names = [
            "lagwarden", "MHD-worker", "rdk:broker1", "kafka-feed", "oot.default-qos", "-qos.overcommit",
            "ispatch-manager",
        ]
        #expect(ProcessMeter.Threads(named: names) == .init(own: 4, pool: 3))
    }

    @Test func tooFewSamplesAreNotJudged() {
        #expect(SoakVerdict(Array(Self.samples { _, _ in }.prefix(9))) == nil)
    }
}
