import ClusterAccess
import Exposition
import HTTPService
import LagModel
import Testing

@testable import Service

@Suite("Renditions: what is kept, made ready and used again")
struct RenditionTests {
    /// Some groups that read all partitions of one topic; `lag` is that of group 7, the others' is 5.
    private static func snapshot(round: Int64, lag: Int64 = 5, groups: Int = 40, partitions: Int = 100)
        -> ClusterSnapshot
    {
        let topic = TopicSnapshot(
            name: TopicName("t"), logStart: OffsetColumn(Array(repeating: 0, count: partitions)),
            highWatermark: OffsetColumn(Array(repeating: 1_000, count: partitions)),
            leaders: Array(repeating: 1, count: partitions))
        let groups = (0..<groups).map { group in
            GroupSnapshot(
                id: GroupID("g\(group)"),
                topics: [
                    GroupTopicSnapshot(
                        name: topic.name, topicIndex: 0, partitions: Array(0..<Int32(partitions)),
                        committed: Array(repeating: 1_000 - (group == 7 ? lag : 5), count: partitions),
                        totals: LagTotals())
                ])
        }
        return ClusterSnapshot(
            cluster: "c", round: round,
            endOffsetsRead: Moment(
                wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero)),
            topics: [topic], groups: SharedList(groups), topicGranularity: .partition)
    }

    private static func time(_ seconds: Int) -> MonotonicTime {
        MonotonicTime(sinceOrigin: .seconds(seconds))
    }

    private static func plain(_ snapshot: ClusterSnapshot) -> [UInt8] {
        KafkaExposition.render([snapshot], format: .text).bytes
    }

    private static func bytes(_ rendition: Rendition) -> [UInt8] {
        HTTPBody(runs: rendition.plainRuns).bytes
    }

    private static func unpacked(_ rendition: Rendition) -> [UInt8] {
        (rendition.segments ?? []).flatMap { $0.inflated() ?? [] }
    }

    @Test func everyFormSaysTheSame() {
        let snapshot = Self.snapshot(round: 1)
        let expected = Self.plain(snapshot)
        for (wantsPlain, wantsGzip) in [(true, false), (false, true), (true, true), (false, false)] {
            for chunkSize in [1, 4_096, 1 << 20] {
                var rendition = RenditionMaker.make(
                    .init([snapshot]), [snapshot], format: .text, wantsPlain: wantsPlain,
                    wantsGzip: wantsGzip, chunkSize: chunkSize)
                #expect(Self.bytes(rendition) == expected)
                #expect((rendition.plain != nil) == wantsPlain)
                #expect((rendition.segments != nil) == (wantsGzip || !wantsPlain))
                rendition.compress()
                #expect(Self.unpacked(rendition) == expected)
            }
        }
    }

    @Test func runsThatDidNotChangeKeepTheirSegments() {
        let first = Self.snapshot(round: 1, partitions: 400)
        let second = Self.snapshot(round: 2, lag: 50, partitions: 400)
        let before = RenditionMaker.make(
            .init([first]), [first], format: .text, wantsPlain: false, wantsGzip: true)
        let compressor = RunCompressor(known: before.memory)
        _ = KafkaExposition.render([second], format: .text) { compressor.take($0, $1) }
        compressor.finish()
        #expect(compressor.segments.count > 4)
        // Offsets and lag of one group, in one run each.
        #expect(compressor.reused >= compressor.segments.count - 2)
        #expect(compressor.reused < compressor.segments.count)
        #expect(compressor.segments.flatMap { $0.inflated() ?? [] } == Self.plain(second))
    }

    @Test func aRoundIsRenderedOnceForAllWhoAsk() {
        let cache = RenditionCache(format: .text)
        let snapshot = Self.snapshot(round: 1)
        let first = cache.rendition(of: [snapshot], for: .gzip, at: Self.time(0))
        let second = cache.rendition(of: [snapshot], for: .gzip, at: Self.time(1))
        let plain = cache.rendition(of: [snapshot], for: .identity, at: Self.time(2))
        #expect(first.generation === second.generation && first.generation === plain.generation)
        // Nobody had asked for a plain one when it was rendered, so it comes out of the segments.
        #expect(plain.plain == nil)
        #expect(Self.bytes(plain) == Self.plain(snapshot))
        let next = cache.rendition(of: [Self.snapshot(round: 2)], for: .gzip, at: Self.time(10))
        #expect(next.generation !== first.generation)
        #expect(next.plain != nil && next.segments != nil)
    }

    @Test func groupsThatAreTakenAwayAreNotShownAnyMore() {
        let cache = RenditionCache(format: .text)
        let before = cache.rendition(of: [Self.snapshot(round: 1)], for: .identity, at: Self.time(0))
        let after = cache.rendition(
            of: [Self.snapshot(round: 1, groups: 39)], for: .identity, at: Self.time(0))
        #expect(Self.bytes(before) != Self.bytes(after))
        #expect(
            Self.bytes(cache.rendition(of: [nil], for: .identity, at: Self.time(0))).isEmpty)
    }

    @Test func whatWasAskedForLatelyIsMadeReadyAndTheRestIsDropped() {
        let cache = RenditionCache(format: .text)
        cache.prepare([Self.snapshot(round: 1)], at: Self.time(0))
        #expect(cache.bytes == 0)
        _ = cache.rendition(of: [Self.snapshot(round: 1)], for: .identity, at: Self.time(1))
        let plainOnly = cache.bytes
        #expect(plainOnly > 0 && plainOnly < Self.plain(Self.snapshot(round: 1)).count / 5)
        cache.prepare([Self.snapshot(round: 2)], at: Self.time(10))
        do {
            let ready = cache.rendition(of: [Self.snapshot(round: 2)], for: .gzip, at: Self.time(11))
            #expect(ready.plain != nil && ready.segments != nil)
        }
        // The plain one was last asked for at 1 s, the compressed one at 11 s.
        cache.prepare([Self.snapshot(round: 3)], at: Self.time(1 + 151))
        #expect(cache.bytes > 0 && cache.bytes < plainOnly)
        cache.prepare([Self.snapshot(round: 4)], at: Self.time(11 + 151))
        #expect(cache.bytes == 0)
    }

    @Test func slowReadersHoldABoundedNumberOfOldBodies() {
        let cache = RenditionCache(format: .text)
        let size = 24 << 20
        var held: [Rendition] = []
        for round in 1...10 {
            let rendition = cache.rendition(
                of: [Self.snapshot(round: Int64(round))], for: .gzip, at: Self.time(round))
            rendition.generation.add(bytes: size)
            held.append(rendition)
        }
        let revoked = held.map(\.generation.isRevoked)
        // The newest, the one before it, and older ones up to 64 MiB, which is two of this size.
        #expect(revoked == Array(repeating: true, count: 6) + Array(repeating: false, count: 4))
        // A server lets go of what is revoked; what then remains is within the bound.
        held.removeFirst(6)
        #expect(cache.bytes <= 2 * (size + 1 << 20) + OutdatedGenerations.bytesMax)
        held.removeAll()
        #expect(cache.bytes < size + 1 << 20)
    }

    @Test func demandFades() {
        var demand = ScrapeDemand()
        #expect(!demand.wantsAny(at: Self.time(0)))
        demand.note(.gzip, at: Self.time(10))
        #expect(demand.wants(.gzip, at: Self.time(160)))
        #expect(!demand.wants(.identity, at: Self.time(10)))
        #expect(!demand.wantsAny(at: Self.time(161)))
    }
}
