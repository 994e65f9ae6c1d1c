import ClusterAccess
import LagModel
import Testing

@Suite("Records produced")
struct ProducedTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Log start and high watermark of one partition, round by round.
        var rounds: [(start: Int64?, end: Int64?)]
        var produced: Int64
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "history never counts", rounds: [(0, 1000)], produced: 0),
        Case(name: "growth counts", rounds: [(0, 10), (0, 15), (0, 40)], produced: 30),
        Case(
            name: "an unknown round in between loses nothing", rounds: [(0, 10), (nil, nil), (0, 40)],
            produced: 30),
        Case(name: "recreated empty", rounds: [(0, 1000), (0, 0), (0, 0), (0, 7)], produced: 7),
        Case(
            name: "recreated after retention is believed at once", rounds: [(500, 1000), (0, 0), (0, 7)],
            produced: 7),
        Case(
            name: "a lagging leader's answer makes no burst", rounds: [(0, 1000), (0, 900), (0, 1000)],
            produced: 0),
        Case(name: "truncated, then grown", rounds: [(0, 1000), (0, 900), (0, 900), (0, 950)], produced: 50),
    ]

    @Test(arguments: cases)
    func counts(_ row: Case) throws {
        var script = RoundScript()
        var last: ClusterSnapshot?
        for round in row.rounds {
            last = script.round(.init(start: [round.start], end: [round.end]), nil)
        }
        #expect(try #require(last?.topics.first).recordsProduced == row.produced)
    }

    @Test func moreAndFewerPartitionsMakeNoBurst() throws {
        var script = RoundScript()
        _ = script.round(.init(start: [0], end: [100]), nil)
        _ = script.round(.init(start: [0, 0], end: [100, 5000]), nil)
        _ = script.round(.init(start: [0, 0], end: [100, 5001]), nil)
        let last = script.round(.init(start: [0], end: [101]), nil)
        #expect(try #require(last.topics.first).recordsProduced == 2)
    }
}
