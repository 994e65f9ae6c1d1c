import ClusterAccess
import LagwardenTestKit
import Testing

@testable import Configuration

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("10s", 10_000), ("5m", 300_000), ("1h30m", 5_400_000), ("500ms", 500), ("1d", 86_400_000), ("0s", 0),
        ("1m1ms", 60_001), ("90m", 5_400_000), ("007s", 7000),
    ])
    func reads(_ text: String, _ milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "10", "10 s", "-1s", "+1s", "1.5s", "1S", "1s1m", "1s1s", "1us", "1min",
        "99999999999999999999s",
        "9223372036854775807d", "106751991167d200000000h", "１s", "1s\n",
    ])
    func refuses(_ text: String) { #expect(DurationText.parse(text) == nil) }

    @Test func printsInTheFewestUnitsAndReadsBack() {
        #expect(DurationText.print(.seconds(5400)) == "1h30m")
        #expect(DurationText.print(.milliseconds(1500)) == "1s500ms")
        #expect(DurationText.print(.zero) == "0s")
        #expect(DurationText.print(.seconds(-1)) == "0s")
        #expect(DurationText.print(.seconds(Int64.max)) != "")
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let duration = Duration.milliseconds(Int64.random(in: 0...(1 << 40), using: &random))
            #expect(DurationText.parse(DurationText.print(duration)) == duration)
        }
    }
}

@Suite struct ListenAddressTests {
    @Test(
        arguments: [
            (":9876", nil, 9876), ("127.0.0.1:9876", "127.0.0.1", 9876), ("[::1]:9876", "::1", 9876),
            ("localhost:0", "localhost", 0), ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535),
            ("my-host_1.x:1", "my-host_1.x", 1),
        ] as [(String, String?, UInt16)])
    func reads(_ text: String, _ host: String?, _ port: UInt16) throws {
        let address = try #require(ListenAddress(text))
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":", "9876", "a", "a:", "::1:9876", "[::1]", "[::1]9876", "[]:1", "[a]:1", "a:65536", "a:-1",
        "a:1x",
        "a b:1", "http://a:1", "a/b:1", ":１", "[::1:1", "a]:1", ":99999999999999999999",
    ])
    func refuses(_ text: String) { #expect(ListenAddress(text) == nil) }
}

@Suite struct SuggestionTests {
    @Test func findsTheNearestOrNothing() {
        let words = ["interval", "jitter", "members"]
        #expect(Suggestion.nearest(to: "intervall", among: words) == "interval")
        #expect(Suggestion.nearest(to: "itnerval", among: words) == "interval")
        #expect(Suggestion.nearest(to: "INTERVAL", among: words) == "interval")
        #expect(Suggestion.nearest(to: "member", among: words) == "members")
        #expect(Suggestion.nearest(to: "frequency", among: words) == nil)
        #expect(Suggestion.nearest(to: "", among: words) == nil)
        #expect(Suggestion.nearest(to: "x", among: []) == nil)
        #expect(Suggestion.nearest(to: String(repeating: "x", count: 1 << 20), among: words) == nil)
    }
}

@Suite struct KafkaPropertyTests {
    @Test func everyOwnedPropertyIsRefusedWithAdvice() {
        for (name, advice) in ClientProperty.owned {
            let found = problems("clusters: [{brokers: [a:1], properties: {\(name): \"1\"}}]")
            #expect(found.count == 1)
            #expect(found.first?.contains("is set by Lagwarden itself; \(advice)") == true)
        }
        for name in [
            "bootstrap.servers", "group.id", "isolation.level", "enable.auto.commit", "log.queue",
            "statistics.interval.ms", "allow.auto.create.topics", "client.id", "enable.auto.offset.store",
        ] {
            #expect(ClientProperty.owned[name] != nil)
        }
    }
}
