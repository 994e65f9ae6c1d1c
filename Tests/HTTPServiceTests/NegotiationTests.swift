import LagwardenTestKit
import Testing

@testable import HTTPService

@Suite("Content negotiation")
struct NegotiationTests {
    struct Accept: Sendable, CustomTestStringConvertible {
        let header: String?
        let format: ScrapeFormat
        init(_ header: String?, _ format: ScrapeFormat) {
            self.header = header
            self.format = format
        }
        var testDescription: String { "\(header ?? "(none)") → \(format)" }
    }

    static let prometheus: [Accept] = [
        // 3.x
        Accept(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                + "application/openmetrics-text;version=0.0.1;q=0.5,"
                + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics),
        // 3.x and 2.50+ with scrape_protocols that put text first
        Accept(
            "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.3", .text
        ),
        // 3.x with native histograms: protobuf is not served, the next best is
        Accept(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                + "encoding=delimited;q=0.6,"
                + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                + "application/openmetrics-text;version=0.0.1;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics),
        // 2.49 to 2.55
        Accept(
            "application/openmetrics-text;version=1.0.0;q=0.5,"
                + "application/openmetrics-text;version=0.0.1;q=0.4,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics),
        // 2.41 to 2.48
        Accept(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics),
        // up to 2.40 only the draft of OpenMetrics was asked for
        Accept(
            "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .text),
        // 1.x
        Accept(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                + "encoding=delimited;q=0.7,"
                + "text/plain;version=0.0.4;q=0.3,*/*;q=0.1", .text),
    ]

    static let others: [Accept] = [
        Accept(nil, .text),
        Accept("", .text),
        Accept("*/*", .text),
        Accept("text/*", .text),
        Accept("application/*", .openMetrics),
        Accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .text),
        Accept("application/openmetrics-text", .openMetrics),
        Accept("Application/OpenMetrics-Text; Version=1.0.0", .openMetrics),
        Accept("application/openmetrics-text; version=\"1.0.0\"", .openMetrics),
        Accept("application/openmetrics-text; version=2.0.0", .text),
        Accept("application/openmetrics-text;q=0, */*", .text),
        Accept("text/plain;q=0, */*", .openMetrics),
        Accept("text/plain;version=0.0.4;q=0,*/*;q=0.1", .openMetrics),
        Accept("text/plain;q=0,application/openmetrics-text;q=0", .text),
        Accept("*/*;q=0", .text),
        Accept("text/plain;version=1.0.0;q=0.9,application/openmetrics-text;q=0.1", .openMetrics),
        Accept("text/plain, application/openmetrics-text", .text),
        Accept("application/openmetrics-text, text/plain", .openMetrics),
        Accept("*/*, application/openmetrics-text", .openMetrics),
        Accept("application/openmetrics-text;q=0.001,text/plain;q=0.002", .text),
        Accept("application/json", .text),
        Accept(";;;,,,q=1,=,\"", .text),
        Accept("application/openmetrics-text;q=2", .text),
        Accept("application/openmetrics-text;q=0.1234", .text),
        Accept("application/openmetrics-text;q=-1", .text),
        Accept("application/openmetrics-text;q=", .text),
        Accept("application/openmetrics-text;x=\"a,b;q=0\";q=1", .openMetrics),
    ]

    @Test(arguments: prometheus + others)
    func `the format follows Accept`(_ accept: Accept) {
        #expect(ScrapeFormat.negotiated(accept: accept.header) == accept.format)
    }

    @Test(arguments: [
        (nil, ContentEncoding.identity), ("", .identity), ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip),
        ("gzip, deflate, br", .gzip), ("deflate, br", .identity), ("gzip;q=0", .identity),
        ("gzip;q=0, *", .identity), ("*", .gzip), ("*;q=0", .identity), ("*;q=0, gzip;q=0.5", .gzip),
        ("identity", .identity), ("identity;q=0", .identity), ("identity;q=0, *", .gzip),
        ("identity;q=0, gzip", .gzip), ("gzip;q=0.3, identity;q=0.5", .identity),
        ("gzip;q=0.5, identity;q=0.5", .gzip), ("gzip;q=0.000", .identity), ("gzip;q=banana", .identity),
        ("gzip ; q=0.8", .gzip), ("gzipped", .identity),
    ])
    func `the encoding follows Accept-Encoding`(_ header: String?, _ encoding: ContentEncoding) {
        #expect(ContentEncoding.negotiated(acceptEncoding: header) == encoding)
    }

    @Test func `content types are spelt as Prometheus expects`() {
        #expect(ScrapeFormat.text.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(
            ScrapeFormat.openMetrics.contentType
                == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }

    @Test(arguments: 1...200)
    func `no header is too odd`(_ seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let alphabet = Array("gzip*/;=q0.19, \"\\\t text/plain")
        let header = String(
            (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            })
        for item in WeightedList(header).items {
            #expect((0...1000).contains(item.quality))
            #expect(!item.value.isEmpty)
        }
    }
}
