import LagwardenTestKit
import Testing

@testable import Exposition

@Suite struct WritingTests {
    private func text(_ body: (inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        body(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            0, 1, 9, 10, 11, 99, 100, 101, 999, 1_000, 9_999, 10_000, 10_001, 99_999, 123_456, 1_234_567,
            99_999_999, 100_000_000, 4_294_967_296, 999_999_999_999_999_999, 1_000_000_000_000_000_000,
            Int64.max, -1, -10, -123_456_789, Int64.min + 1, Int64.min,
        ] as [Int64])
    func `integers are spelt as Swift spells them`(value: Int64) {
        #expect(text { $0.appendDecimal(value) } == "\(value)")
    }

    @Test func `integers of every length read back`() {
        var generator = SeededRandom(seed: 7)
        for _ in 0..<5_000 {
            let shift = Int64.random(in: 0..<64, using: &generator)
            let value = Int64.random(in: .min ... .max, using: &generator) >> shift
            #expect(text { $0.appendDecimal(value) } == "\(value)")
        }
    }

    @Test(
        arguments: [
            (0.0, "0"), (-0.0, "0"), (1.0, "1"), (-2.0, "-2"), (0.1, "0.1"), (0.5, "0.5"),
            (1e15, "1000000000000000"),
            (1_763_695_200.25, "1763695200.25"), (1e300, "1e+300"), (Double.leastNonzeroMagnitude, "5e-324"),
            (1.0 / 3, "0.3333333333333333"),
            (-0.000_012_5, "-1.25e-05"), (9_007_199_254_740_993.0, "9007199254740992.0"),
        ] as [(Double, String)])
    func `doubles have their shortest spelling`(value: Double, spelling: String) {
        let written = text { $0.appendNumber(value) }
        #expect(written == spelling)
        #expect(Double(written) == value)
    }

    @Test func `doubles read back as they were`() throws {
        var generator = SeededRandom(seed: 11)
        for _ in 0..<2_000 {
            let value = Double(bitPattern: UInt64.random(in: 0 ... .max, using: &generator))
            guard value.isFinite else { continue }
            #expect(Double(text { $0.appendNumber(value) }) == value)
        }
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), (#"back\slash"#, #"back\\slash"#), (#"a "quote""#, #"a \"quote\""#),
        ("line\nfeed", #"line\nfeed"#), (#"\n"#, #"\\n"#), ("\r\t\u{1}\u{7F}", "\r\t\u{1}\u{7F}"),
        ("é日本\u{1F600}", "é日本\u{1F600}"), ("{a=\"b\"} 1", #"{a=\"b\"} 1"#), ("\n\n", #"\n\n"#),
        ("\r\n", "\r\\n"), ("a\u{0}b", "a\u{0}b"), ("\\\"\n", #"\\\"\n"#),
    ])
    func `label values escape backslash, quote and line feed only`(value: String, escaped: String) {
        #expect(text { $0.appendLabelValue(value) } == escaped)
    }

    @Test(arguments: [
        (ExpositionFormat.text, #"a \\ b \n c "d""#), (.openMetrics, #"a \\ b \n c \"d\""#),
    ])
    func `help escapes as its format says`(format: ExpositionFormat, escaped: String) {
        #expect(text { $0.appendHelp("a \\ b \n c \"d\"", format: format) } == escaped)
    }

    @Test func `a family appears with its first sample and sheds popped labels`() {
        let family = MetricFamily("a_things", .gauge, .count, ["x", "y"], help: "Say \"x\".")
        let silent = MetricFamily("b_things", .gauge, .count, ["x"], help: "Nothing.")
        let kept = CollectedChunks()
        var writer = SampleWriter(
            format: .text, output: ChunkedOutput(chunkSize: 1 << 16, sink: kept.take))
        writer.begin(silent)
        writer.begin(family)
        let outer = writer.push("1")
        let inner = writer.push("2")
        writer.sample(3 as Int64)
        writer.pop(to: inner)
        writer.openLabel()
        writer.sample(number: -7, -8)
        writer.pop(to: outer)
        writer.push(5)
        writer.push("\n")
        writer.sample(0.25)
        writer.sample(Double.nan)
        writer.sample(-Double.infinity)
        writer.finish(endingBody: true)
        #expect(
            String(decoding: kept.bytes, as: UTF8.self) == #"""
                # HELP a_things Say "x".
                # TYPE a_things gauge
                a_things{x="1",y="2"} 3
                a_things{x="1",y="-7"} -8
                a_things{x="5",y="\n"} 0.25

                """#)
        #expect(
            writer.series == [
                FamilySeries(family: "b_things", count: 0), FamilySeries(family: "a_things", count: 3),
            ])
    }
}
