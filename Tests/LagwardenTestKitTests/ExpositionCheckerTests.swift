import LagwardenTestKit
import Testing

/// A document and what must be said about it; an empty list means that it is right.
struct ExpositionCase: Sendable, CustomTestStringConvertible {
    var name: String
    var format = ExpositionDocument.Format.text
    var order = ExpositionChecker.Order.any
    var text: String
    var violations: [String] = []

    var testDescription: String { name }
}

@Suite struct ExpositionCheckerTests {
    static let head = "# HELP a A thing.\n# TYPE a gauge\n"
    static let histogram = """
        # HELP h A histogram.
        # TYPE h histogram

        """

    static let good: [ExpositionCase] = [
        .init(name: "an empty document", text: ""),
        .init(name: "an empty OpenMetrics document", format: .openMetrics, text: "# EOF\n"),
        .init(name: "a gauge with labels", text: head + "a{x=\"1\",y=\"\"} -2.5e3\na 0\n"),
        .init(name: "escapes", text: head + "a{x=\"q\\\"b\\\\n\\n\"} 1\n"),
        .init(name: "a trailing comma in text", text: head + "a{x=\"1\",} 1\n"),
        .init(name: "a timestamp in milliseconds", text: head + "a 1 1700000000000\n"),
        .init(
            name: "a text counter", text: "# HELP c_total C.\n# TYPE c_total counter\nc_total 3\n"),
        .init(
            name: "an OpenMetrics counter", format: .openMetrics,
            text: "# HELP c C.\n# TYPE c counter\nc_total 3 1.5 # {trace=\"x\"} 1\nc_created 1\n# EOF\n"),
        .init(
            name: "a unit", format: .openMetrics,
            text:
                "# HELP c_seconds C\n# TYPE c_seconds gauge\n# UNIT c_seconds seconds\nc_seconds 3\n# EOF\n"),
        .init(
            name: "an info and a state set", format: .openMetrics,
            text: """
                # HELP build B.
                # TYPE build info
                build_info{version="1"} 1
                # HELP s S.
                # TYPE s stateset
                s{s="on"} 1
                s{s="off"} 0
                # EOF

                """),
        .init(
            name: "a histogram of two label sets",
            text: histogram + """
                h_bucket{x="1",le="0.5"} 1
                h_bucket{x="1",le="+Inf"} 2
                h_sum{x="1"} 3
                h_count{x="1"} 2
                h_bucket{x="2",le="0.5"} 0
                h_bucket{x="2",le="+Inf"} 0
                h_sum{x="2"} 0
                h_count{x="2"} 0

                """),
        .init(name: "a comment in text", text: "# just so\n" + head + "a 1\n"),
        .init(
            name: "the given order with a gap", order: .given(["z", "y", "a"]),
            text: "# HELP z Z.\n# TYPE z gauge\nz 1\n" + head + "a 1\n"),
    ]

    static let bad: [ExpositionCase] = [
        .init(name: "no line feed at the end", text: head + "a 1", violations: ["line feed"]),
        .init(
            name: "a carriage return", text: head + "a 1\r\n",
            violations: ["carriage return", "not a value"]),
        .init(name: "no TYPE", text: "# HELP a A.\na 1\n", violations: ["no TYPE"]),
        .init(name: "no HELP", text: "# TYPE a gauge\na 1\n", violations: ["no HELP"]),
        .init(name: "an empty HELP", text: "# HELP a \n# TYPE a gauge\na 1\n", violations: ["is empty"]),
        .init(name: "a second HELP", text: "# HELP a A.\n" + head + "a 1\n", violations: ["second HELP"]),
        .init(name: "a second TYPE", text: head + "# TYPE a gauge\na 1\n", violations: ["second TYPE"]),
        .init(
            name: "TYPE behind a sample", text: "# HELP a A.\na 1\n# TYPE a gauge\n",
            violations: ["no TYPE", "behind its samples"]),
        .init(
            name: "an unknown type", text: "# HELP a A.\n# TYPE a dial\na 1\n",
            violations: ["not a type"]),
        .init(
            name: "an OpenMetrics type in text", text: "# HELP a A.\n# TYPE a stateset\na{a=\"x\"} 1\n",
            violations: ["not a type"]),
        .init(name: "no samples", text: head, violations: ["no samples"]),
        .init(name: "an improper metric name", text: head + "a 1\n1a 2\n", violations: ["metric name"]),
        .init(name: "an improper label name", text: head + "a{1x=\"1\"} 2\n", violations: ["proper name"]),
        .init(name: "a colon in a label name", text: head + "a{x:y=\"1\"} 2\n", violations: ["not followed"]),
        .init(name: "a reserved label", text: head + "a{__x=\"1\"} 2\n", violations: ["reserved"]),
        .init(name: "a label twice", text: head + "a{x=\"1\",x=\"2\"} 2\n", violations: ["twice"]),
        .init(name: "le on a gauge", text: head + "a{le=\"1\"} 2\n", violations: ["outside a bucket"]),
        .init(name: "quantile on a gauge", text: head + "a{quantile=\"1\"} 2\n", violations: ["quantile"]),
        .init(name: "an unknown escape", text: head + "a{x=\"\\t\"} 2\n", violations: ["unknown escape"]),
        .init(name: "an open quote", text: head + "a{x=\"1} 2\n", violations: ["closing quote"]),
        .init(
            name: "a raw line feed in a label", text: head + "a{x=\"1\n2\"} 2\n",
            violations: ["closing quote", "metric name"]),
        .init(name: "no comma", text: head + "a{x=\"1\"y=\"2\"} 2\n", violations: ["no comma"]),
        .init(name: "spaces in braces", text: head + "a{ x=\"1\"} 2\n", violations: ["proper name"]),
        .init(name: "two spaces", text: head + "a  2\n", violations: ["not a value"]),
        .init(name: "no value", text: head + "a{x=\"1\"}\n", violations: ["before the value"]),
        .init(name: "a word as value", text: head + "a two\n", violations: ["not a value"]),
        .init(name: "Swift's infinity", text: head + "a inf\n", violations: ["not a value"]),
        .init(name: "Swift's NaN", text: head + "a nan\n", violations: ["not a value"]),
        .init(name: "a thousands separator", text: head + "a 1,000\n", violations: ["not a value"]),
        .init(name: "NaN", text: head + "a NaN\n", violations: ["the value is nan"]),
        .init(name: "infinity", text: head + "a +Inf\n", violations: ["the value is inf"]),
        .init(name: "minus one", text: head + "a -1\n", violations: ["the value is -1"]),
        .init(name: "a fraction as timestamp", text: head + "a 1 1.5\n", violations: ["not a timestamp"]),
        .init(name: "a third number", text: head + "a 1 1 1\n", violations: ["behind the timestamp"]),
        .init(
            name: "the same series twice", text: head + "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n",
            violations: ["same series as on line 3"]),
        .init(
            name: "a family in two parts",
            text: head + "a 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{x=\"1\"} 2\n",
            violations: ["stand together"]),
        .init(
            name: "families out of order", order: .sorted,
            text: "# HELP b B.\n# TYPE b gauge\nb 1\n" + head + "a 1\n", violations: ["a stands behind b"]),
        .init(
            name: "families out of the given order", order: .given(["b", "a"]),
            text: head + "a 1\n# HELP b B.\n# TYPE b gauge\nb 1\n", violations: ["b is out of order"]),
        .init(
            name: "a family outside the catalogue", order: .given(["b"]), text: head + "a 1\n",
            violations: ["not in the catalogue"]),
        .init(
            name: "a negative counter", text: "# HELP c C.\n# TYPE c counter\nc -3\n",
            violations: ["a counter of -3"]),
        .init(
            name: "an empty line in OpenMetrics", format: .openMetrics, text: head + "\na 1\n# EOF\n",
            violations: ["empty line"]),
        .init(name: "no EOF", format: .openMetrics, text: head + "a 1\n", violations: ["# EOF"]),
        .init(
            name: "a line behind EOF", format: .openMetrics, text: head + "a 1\n# EOF\na{x=\"1\"} 1\n",
            violations: ["behind # EOF"]),
        .init(
            name: "a comment in OpenMetrics", format: .openMetrics, text: "# hello\n" + head + "a 1\n# EOF\n",
            violations: ["comment"]),
        .init(
            name: "a counter without _total", format: .openMetrics,
            text: "# HELP c C.\n# TYPE c counter\nc 3\n# EOF\n",
            violations: ["c is not a sample name of a counter"]),
        .init(
            name: "a counter family named _total", format: .openMetrics,
            text: "# HELP c_total C.\n# TYPE c_total counter\nc_total_total 3\n# EOF\n",
            violations: ["ends with _total"]),
        .init(
            name: "a foreign unit", format: .openMetrics,
            text: "# HELP a A\n# TYPE a gauge\n# UNIT a seconds\na 3\n# EOF\n", violations: ["unit seconds"]),
        .init(
            name: "an exemplar on a gauge", format: .openMetrics,
            text: head + "a 3 # {x=\"1\"} 1\n# EOF\n", violations: ["exemplar on a gauge"]),
        .init(
            name: "an exemplar in text", text: head + "a 3 # {x=\"1\"} 1\n",
            violations: ["not a timestamp"]),
        .init(
            name: "an info of 2", format: .openMetrics,
            text: "# HELP i I.\n# TYPE i info\ni_info{x=\"1\"} 2\n# EOF\n", violations: ["an info of 2"]),
        .init(
            name: "a state set without its label", format: .openMetrics,
            text: "# HELP s S.\n# TYPE s stateset\ns{x=\"1\"} 1\n# EOF\n", violations: ["without label s"]),
        .init(
            name: "names that clash",
            text: histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"
                + "# HELP h_sum S.\n# TYPE h_sum gauge\nh_sum{x=\"1\"} 1\n",
            violations: ["h_sum also belongs to h"]),
        .init(
            name: "no +Inf bucket", text: histogram + "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
            violations: ["not +Inf"]),
        .init(
            name: "buckets out of order",
            text: histogram + "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
                + "h_sum 1\nh_count 1\n", violations: ["not ascending"]),
        .init(
            name: "buckets that are not cumulative",
            text: histogram + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
            violations: ["smaller than the one before"]),
        .init(
            name: "a count apart from +Inf",
            text: histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n", violations: ["differs"]),
        .init(
            name: "a histogram without sum and count", text: histogram + "h_bucket{le=\"+Inf\"} 1\n",
            violations: ["without sum", "without count"]),
        .init(
            name: "mixed histograms",
            text: histogram + "h_bucket{x=\"1\",le=\"+Inf\"} 1\nh_bucket{x=\"2\",le=\"+Inf\"} 1\n"
                + "h_sum{x=\"1\"} 1\nh_count{x=\"1\"} 1\nh_sum{x=\"2\"} 1\nh_count{x=\"2\"} 1\n",
            violations: ["do not stand together", "do not stand together"]),
    ]

    @Test("accepts", arguments: good)
    func accepts(_ example: ExpositionCase) {
        let report = ExpositionChecker(example.format, order: example.order).check(example.text)
        #expect(report.violations.isEmpty)
    }

    @Test("refuses", arguments: bad)
    func refuses(_ example: ExpositionCase) {
        let report = ExpositionChecker(example.format, order: example.order).check(example.text)
        for part in example.violations {
            #expect(
                report.violations.contains { $0.message.contains(part) },
                "\(part) is not in \(report.violations)")
        }
        // A family whose only sample cannot be read has no samples either.
        let others = report.violations.filter { violation in
            !violation.message.contains("no samples")
                || example.violations.contains { violation.message.contains($0) }
        }
        #expect(others.count == example.violations.count, "\(others)")
    }

    @Test("answers look-ups and names the line")
    func lookups() throws {
        let text = Self.head + "a{x=\"1\",y=\"l\\n\"} 4\na 5\n"
        let report = ExpositionChecker(.text).check(text)
        let document = report.document
        #expect(document.value("a", ["y": "l\n", "x": "1"]) == 4)
        #expect(document.value("a") == 5)
        #expect(document.value("a", ["x": "1"]) == nil)
        #expect(document.samples("a", matching: ["x": "1"]).map(\.value) == [4])
        #expect(document.samples("a").map(\.line) == [3, 4])
        #expect(try #require(document.family("a")).help == "A thing.")
        let broken = ExpositionChecker(.text).check(Self.head + "a 1\na two\n")
        #expect(broken.violations.map(\.line) == [4])
    }

    @Test("options allow what they say")
    func options() {
        let text = "# TYPE a gauge\na -1\n"
        #expect(
            ExpositionChecker(.text, requiresHelp: false, familiesWithNegatives: ["a"]).check(text).violations
                .isEmpty)
        let nan = "# TYPE a gauge\na NaN\n"
        #expect(
            ExpositionChecker(.text, requiresHelp: false, refusesPlaceholders: false).check(nan).violations
                .isEmpty)
    }

    @Test("survives any bytes", arguments: 0..<200)
    func survivesNoise(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let alphabet = Array("a1{}\"\\\n #=,.-+eHELPTYPE x_total\u{e4}".utf8) + [0, 255]
        let bytes = (0..<300).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        for format in [ExpositionDocument.Format.text, .openMetrics] {
            let report = ExpositionChecker(format).check(bytes)
            #expect(!report.violations.isEmpty)
        }
    }
}
