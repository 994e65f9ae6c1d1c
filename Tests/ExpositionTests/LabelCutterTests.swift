import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@testable import Exposition

@Suite struct LabelCutterTests {
    /// FIPS 180-4 examples, and lengths around the padding of a block; from `sha256sum`.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 55),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
        ),
        (
            String(repeating: "a", count: 64),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        ),
        (
            String(repeating: "a", count: 1_000),
            "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
        ),
    ])
    func `the hash is SHA-256`(message: String, digest: String) {
        let hex = SHA256.digest(of: message.utf8).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        #expect(hex.joined() == digest)
    }

    private static func cutter(_ bytesMax: Int) -> LabelCutter {
        var cutter = LabelCutter()
        cutter.turn(to: 0, bytesMax: bytesMax)
        return cutter
    }

    @Test func `a cut value is its beginning, a tilde and the hash`() {
        var cutter = Self.cutter(128)
        let name = String(repeating: "a", count: 1_000)
        #expect(cutter.fit(name) == String(repeating: "a", count: 103) + "~41edece42d63e8d9bf515a9b")
        #expect(cutter.fit(name) == cutter.fit(name))
        #expect(cutter.cutCount == 1)
        cutter.turn(to: 1, bytesMax: 128)
        #expect(cutter.cutCount == 0)
    }

    @Test func `a value that fits stays as it is`() {
        var cutter = Self.cutter(128)
        for count in 0...128 {
            let name = String(repeating: "é", count: count / 2) + String(repeating: "x", count: count % 2)
            #expect(cutter.fit(name) == name)
        }
        #expect(cutter.cutCount == 0)
        #expect(cutter.fit(String(repeating: "x", count: 129)) != String(repeating: "x", count: 129))
    }

    @Test func `nobody can take the place of a cut name`() {
        var cutter = Self.cutter(128)
        let shown = cutter.fit(String(repeating: "a", count: 1_000))
        #expect(cutter.fit(shown) != shown)
        let short = "orders~41edece42d63e8d9bf515a9b"
        #expect(cutter.fit(short) == short)
    }

    @Test(arguments: 0..<80 as Range<UInt64>)
    func `cut values are short, readable and different for different names`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let bytesMax = Int.random(in: 128...300, using: &generator)
        var cutter = Self.cutter(bytesMax)
        // An accent of its own is the same text as a letter with one, and not the same bytes.
        let alphabet = Array("aeé€😀~0f\u{301}".unicodeScalars)
        func text(_ lengths: ClosedRange<Int>) -> String {
            var text = ""
            for _ in 0..<Int.random(in: lengths, using: &generator) {
                text.unicodeScalars.append(alphabet.randomElement(using: &generator) ?? "a")
            }
            return text
        }
        let beginning = text(60...200)
        var names = [beginning + "e\u{301}" + beginning, beginning + "é" + beginning]
        for _ in 0..<20 { names.append(beginning + text(1...100)) }
        var seen: Set<[UInt8]> = []
        names = names.filter { seen.insert(Array($0.utf8)).inserted }
        let shown = names.map { cutter.fit($0) }
        #expect(shown.allSatisfy { $0.utf8.count <= bytesMax && $0.utf8.count > 0 })
        // Compared by bytes: Swift takes two spellings of one character for equal, a time series does not.
        #expect(Set(shown.map { Array($0.utf8) }).count == names.count)
        #expect(shown.allSatisfy { String(validating: $0.utf8, as: UTF8.self) == $0 })
        for (name, value) in zip(names, shown) {
            if name.utf8.count <= bytesMax - 4 { #expect(value == name) }
            let common = zip(value.utf8, name.utf8).prefix { $0 == $1 }.count
            #expect(value == name || common >= bytesMax - LabelCutter.tailBytes - 3)
            #expect(cutter.fit(name) == value)
        }
        #expect(cutter.cutCount == zip(names, shown).count { $0 != $1 })
    }

    @Test func `names of every kind are cut wherever they are labels`() throws {
        var snapshot = SnapshotFixtures.everything()
        let long = String(repeating: "long-", count: 200)
        snapshot.series.labelBytes = 200
        let named = snapshot.groups.map { group in
            var copy = GroupSnapshot(
                id: .init(long + group.id.rawValue), granularity: group.granularity, topics: group.topics,
                totals: group.totals)
            copy.members = group.members
            return copy
        }
        snapshot.groups = SharedList(named)
        snapshot.brokers[0].broker.host = long
        let part = KafkaExposition.render([snapshot], format: .text)
        let parsed = try ParsedExposition(part.bytes)
        #expect(parsed.samples.allSatisfy { sample in sample.values.allSatisfy { $0.utf8.count <= 200 } })
        let keys = parsed.samples.map { [$0.name] + $0.values }
        #expect(Set(keys).count == keys.count)
        let cut = parsed.samples(named: "lagwarden_label_values_cut").map(\.number)
        #expect(cut == ["\(snapshot.groups.count + 1)"])
    }
}
