import LagwardenTestKit
import Testing

@testable import HTTPService

@Suite("Lines that are told by the lines before them")
struct PackedLinesTests {
    private static func packed(_ text: [UInt8]) -> PackedLines {
        var packer = LinePacker()
        return packer.pack(text)
    }

    @Test(
        "Texts come back as they were",
        arguments: [
            "", "\n", "\n\n\n", "a", "a\n", "a\na", "a\na\n", "ab\nab\nabc\nab\n", "abcdefgh\nabcdefgh\n",
            "abcdefghi\nabcdefghx\nabcdefg\n", "\n\nabc\n\nabc", "é\nè\n",
        ])
    func texts(text: String) {
        let bytes = Array(text.utf8)
        let lines = Self.packed(bytes)
        #expect(lines.count == bytes.count)
        #expect(lines.unpacked() == bytes)
    }

    /// Around the lengths at which a number takes more bytes, and eight bytes that are compared at once.
    @Test(arguments: [6, 7, 8, 9, 15, 16, 17, 253, 254, 255, 256, 257, 300, 70_000])
    func lengthsOfAllSizesAreTold(length: Int) {
        let same = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        for text in [same + [10] + same, same + [10] + same + [10, 10], [10] + same + [1, 10] + same + [2]] {
            #expect(Self.packed(text).unpacked() == text)
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func anyBytesComeBack(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var packer = LinePacker()
        // One packer for texts of all sizes, in which line feeds are frequent.
        for _ in 0..<20 {
            let letters = UInt8.random(in: 10...13, using: &random)
            let text = (0..<Int.random(in: 0...3_000, using: &random)).map { _ in
                UInt8.random(in: 10...letters, using: &random)
            }
            let lines = packer.pack(text)
            #expect(lines.unpacked() == text)
            #expect(lines.packedCount <= 3 * text.count)
        }
    }

    @Test func neighboursThatDifferInSomeDigitsTakeATenth() {
        let lines = (0..<10_000).map { number in
            "kafka_consumer_group_partition_lag{cluster=\"main\",group=\"billing\",topic=\"orders\","
                + "partition=\"\(number)\"} \(number * 7_919 % 4_500)\n"
        }
        let text = Array(lines.joined().utf8)
        #expect(Self.packed(text).packedCount < text.count / 8)
        #expect(Self.packed(text).unpacked() == text)
    }
}
