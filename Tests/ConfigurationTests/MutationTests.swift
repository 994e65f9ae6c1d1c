import LagwardenTestKit
import Testing

@testable import Configuration

/// Whatever stands in a file, it is read or refused with problems; nothing traps, hangs or repeats itself.
@Suite struct MutationTests {
    private static let seedText = """
        clusters:
          - name: production
            brokers: [broker1:9092, "[::1]:9093"]
            request_timeout: 1m30s
            properties: {security.protocol: SASL_SSL, sasl.password: 'it''s'}
            properties_files: {ssl.key.password: /run/secrets/key}
            labels: {region: "eu-\\u00fcwest"}
          - name: b # comment
            brokers:
            - c:1
        poll: {interval: 10s, jitter: 0.25, last_stable_offset: ["/p.*/"]}
        groups:
          include: ["/(a|b){1,3}[^c-d]+/", x]
        granularity_overrides:
          - {groups: /batch-.*/, granularity: group}
        notifications:
          sinks: [{name: a, kind: webhook, url: http://h/x, body: '{"t": ["{{lag}}"]}'}]
          rules:
            - {name: r, when: loss_margin, open: 1h, close: 2h, labels: {t: u}, sinks: a}
        web:
          listen_address: "127.0.0.1:0"
        log: {level: debug}

        """

    private static let pieces: [[UInt8]] =
        [
            "[", "]", "{", "}", ": ", "- ", "\n", "\t", "&a ", "*a", "!!str ", "|", ">", "\"", "'", "\\", "#",
            "---\n", "? ",
            "<<: ", "null", "~", "99999999999999999999", "-1s", "\u{FEFF}", "\u{2028}", "\u{0}",
            "%YAML 9.9\n", "/(((/", "clusters:\n",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    private static func mutated(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(seedText.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
            case 3:
                bytes.insert(
                    contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 4: bytes.removeLast(bytes.count - place)
            default: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
        }
        return bytes
    }

    @Test(.timeLimit(.minutes(2)))
    func neverTraps() throws {
        var random = SeededRandom(seed: 20_261_121)
        var accepted = 0
        var refused = 0
        for _ in 0..<5000 {
            let bytes = Self.mutated(&random)
            do throws(ConfigurationFailure) {
                let settings = try Settings.parse(bytes, name: "m.yaml")
                // A secret is redacted, so the second print is the one that must not change.
                #expect(try parse(settings.yaml).yaml == settings.yaml)
                accepted += 1
            } catch {
                #expect(!error.problems.isEmpty)
                #expect(error.problems.allSatisfy { $0.origin != .absent }, "\(error)")
                #expect(error.problems.allSatisfy { !$0.description.contains("\n") })
                refused += 1
            }
        }
        #expect(accepted > 200)
        #expect(refused > 500)
    }

    @Test func theSeedIsValid() throws {
        let settings = try parse(Self.seedText)
        #expect(settings.clusters.count == 2)
        #expect(settings.clusters[0].labels == ["region": "eu-üwest"])
    }

    @Test(.timeLimit(.minutes(2)))
    func randomBytesNeverTrap() {
        var random = SeededRandom(seed: 99)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...60, using: &random)
            let bytes: [UInt8] = (0..<count).flatMap { _ in
                Bool.random(using: &random)
                    ? [UInt8.random(in: 0...255, using: &random)]
                    : Self.pieces.randomElement(using: &random) ?? []
            }
            #expect(throws: ConfigurationFailure.self) { try Settings.parse(bytes, name: "r.yaml") }
        }
    }
}
