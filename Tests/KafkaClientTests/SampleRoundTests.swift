import ClusterAccess
import Testing

@testable import KafkaClient

/// Which answer each request gets, whatever comes in whatever order.
@Suite("Round of samples")
struct SampleRoundTests {
    private let context = RequestContext(operation: "read")

    private func request(_ partition: Int32, _ offset: Int64, end: Int64) -> SampleRequest {
        SampleRequest(topic: "orders", partition: PartitionID(partition), offset: offset, end: end)
    }

    private func place(_ partition: Int32) -> SampleRound.Place {
        SampleRound.Place(topic: "orders", partition: PartitionID(partition))
    }

    private var late: ClusterError { context.error(.timedOut) }

    @Test("what can be answered without reading is answered at once")
    func withoutReading() {
        let round = SampleRound(
            [
                request(0, 5, end: 5), request(1, 7, end: 3), request(2, -1, end: 3),
                SampleRequest(topic: "orders", partition: PartitionID(-1), offset: 0, end: 1),
            ], context)
        #expect(round.isDone)
        let answers = round.answers(otherwise: late)
        #expect(answers.prefix(2) == [.nothing, .nothing])
        for answer in answers.suffix(2) {
            guard case .failure(let error) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(error.reason == .invalidRequest)
        }
    }

    @Test("a partition that comes twice is answered once")
    func twice() {
        var round = SampleRound([request(0, 1, end: 9), request(0, 2, end: 9)], context)
        #expect(round.begin(upTo: 5) == [request(0, 1, end: 9)])
        round.record(place(0), offset: 1, timestamp: 10)
        #expect(round.isDone)
        let answers = round.answers(otherwise: late)
        #expect(answers[0] == .record(offset: 1, timestamp: 10))
        #expect(answers[1] == .failure(context.error(.invalidRequest, "a partition comes once")))
    }

    @Test("records before the offset and of others do not count, the first at or after it does")
    func records() {
        var round = SampleRound(
            [request(0, 5, end: 9), request(1, 5, end: 9), request(2, 5, end: 9), request(3, 5, end: 9)],
            context)
        #expect(round.begin(upTo: 2).map(\.partition.rawValue) == [0, 1])
        round.record(place(0), offset: 4, timestamp: 1)
        round.record(place(2), offset: 5, timestamp: 1)
        #expect(round.active == [place(0), place(1)])
        round.record(place(0), offset: 7, timestamp: nil)
        round.record(place(0), offset: 8, timestamp: 3)
        // Room comes only when the partition is no longer read.
        #expect(round.begin(upTo: 2).isEmpty)
        #expect(round.takeFinished() == [place(0)])
        #expect(round.takeFinished().isEmpty)
        #expect(round.begin(upTo: 2).map(\.partition.rawValue) == [2])
        round.record(place(1), offset: 9, timestamp: 4)
        round.reachedEnd(place(2), offset: 9)
        #expect(round.takeFinished() == [place(1), place(2)])
        #expect(round.begin(upTo: 2).map(\.partition.rawValue) == [3])
        // An open transaction holds back what lies before the end.
        round.reachedEnd(place(3), offset: 8)
        #expect(round.isDone)
        #expect(
            round.answers(otherwise: late) == [
                .record(offset: 7, timestamp: nil), .nothing, .nothing,
                .failure(context.error(.unstableOffset)),
            ])
    }

    @Test("a failing topic fails what is open of it, a failing partition itself, the rest is late")
    func failures() {
        var round = SampleRound(
            [
                request(0, 5, end: 9), request(1, 5, end: 9), request(2, 5, end: 9),
                SampleRequest(topic: "other", partition: PartitionID(0), offset: 0, end: 1),
                SampleRequest(topic: "third", partition: PartitionID(0), offset: 0, end: 1),
            ], context)
        _ = round.begin(upTo: 2)
        #expect(round.topics == ["orders", "other", "third"])
        round.record(place(0), offset: 5, timestamp: 50)
        let (denied, cut) = (context.error(.topicUnauthorized), context.error(.offsetOutOfRange))
        round.fail("orders", denied)
        round.fail(.init(topic: "other", partition: PartitionID(0)), cut)
        #expect(round.takeFinished() == [place(0), place(1)])
        #expect(!round.isDone)
        #expect(
            round.answers(otherwise: late) == [
                .record(offset: 5, timestamp: 50), .failure(denied), .failure(denied), .failure(cut),
                .failure(late),
            ])
        round.failRest { _ in late }
        #expect(round.isDone)
        #expect(round.begin(upTo: 9).isEmpty)
    }
}
