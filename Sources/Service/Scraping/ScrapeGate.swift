import HTTPService

import struct Synchronization.Atomic

/// Lets a limited number of scrapes in at a time.
///
/// A scrape is under way until its answer has left in full or its connection is gone: a ticket travels with
/// the body, and is given back when the server lets go of that.
final class ScrapeGate: Sendable {
    /// Most scrapes under way.
    let limit: Int
    private let count = Atomic(0)

    init(limit: Int) { self.limit = max(1, limit) }

    /// Scrapes under way now.
    var underWay: Int { count.load(ordering: .relaxed) }

    /// Answers a scrape, or says that as many as may are under way.
    func admit(_ answer: () -> HTTPResponse) -> HTTPResponse {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            leave()
            return .text(
                "503: \(limit) scrapes are under way, as many as limits.concurrent_scrapes allows; "
                    + "scrape less often, or raise it.",
                status: 503, headers: ["Retry-After": "1"])
        }
        var response = answer()
        response.body.hold = Ticket(gate: self, beside: response.body.hold)
        return response
    }

    private func leave() { count.subtract(1, ordering: .relaxed) }

    /// One scrape under way.
    private final class Ticket: HTTPBodyHold {
        private let gate: ScrapeGate
        /// What the body was given before.
        private let body: (any HTTPBodyHold)?

        init(gate: ScrapeGate, beside body: (any HTTPBodyHold)?) {
            self.gate = gate
            self.body = body
        }

        deinit { gate.leave() }

        var isRevoked: Bool { body?.isRevoked ?? false }
    }
}
