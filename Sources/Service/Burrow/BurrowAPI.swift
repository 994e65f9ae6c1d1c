import ClusterAccess
import Foundation
import HTTPService
import LagAnalysis
import LagModel
import Monitor

/// Burrow's HTTP API over the newest snapshots, for those whose tools speak to Burrow.
///
/// Shapes and status codes are Burrow's. Where a snapshot is too old, or there is none yet, the answer is an
/// error with status 503 instead of old numbers. What changes Burrow (DELETE, log levels) and what tells of
/// its modules is not there: 405 and 404, as Burrow answers what it does not know.
struct BurrowAPI: Sendable {
    let publications: Publications
    private let host: String

    init(_ publications: Publications) {
        self.publications = publications
        host = Self.hostName()
    }

    /// Paths, and what answers them.
    var routes: [(path: String, handler: Router.Handler)] {
        [
            ("/burrow/admin", { _ in Self.word("GOOD") }),
            ("/burrow/admin/ready", ready),
            ("/v3/kafka", clusters),
            ("/v3/kafka/{cluster}", cluster),
            ("/v3/config/cluster/{cluster}", cluster),
            ("/v3/kafka/{cluster}/topic", topics),
            ("/v3/kafka/{cluster}/topic/{topic}", topic),
            ("/v3/kafka/{cluster}/topic/{topic}/consumers", consumersOfTopic),
            ("/v3/kafka/{cluster}/consumer", consumers),
            ("/v3/kafka/{cluster}/consumer/{group}", consumer),
            ("/v3/kafka/{cluster}/consumer/{group}/status", { status($0, showsAll: false) }),
            ("/v3/kafka/{cluster}/consumer/{group}/lag", { status($0, showsAll: true) }),
        ]
    }

    /// Whether a path without an answer lies where Burrow's would.
    static func isAbout(_ request: HTTPRequest) -> Bool {
        request.segments.first == "v3" || request.segments.first == "burrow"
    }

    /// What Burrow says to a path that it does not know.
    static let unknownPath = HTTPResponse(
        status: 404, contentType: "text/plain; charset=utf-8",
        body: HTTPBody(#"{"error":true,"message":"invalid request type","result":{}}"# + "\n"))

    private static func word(_ word: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: HTTPBody(word))
    }

    /// This machine's name, as far as it has one.
    private static func hostName() -> String {
        // Not by way of the resolver, which may wait for a name server.
        let name = try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
        return name?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
}

extension BurrowAPI {
    /// What cannot be answered, with the error's status and sentence.
    private struct Refusal: Error {
        var status: Int
        var message: String
    }

    private func ready(_ request: HTTPRequest) -> HTTPResponse {
        let isReady = publications.newest().allSatisfy { $0.freshSnapshot != nil }
        return isReady ? Self.word("READY") : Self.word("STARTING", status: 503)
    }

    private func clusters(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "cluster list returned", "clusters") { () throws(Refusal) in
            publications.clusters.map(\.settings.ledger.cluster)
        }
    }

    private func cluster(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "cluster module detail returned", "module") { () throws(Refusal) in
            let snapshot = try snapshot(request, orSay: "cluster module not found")
            let settings = publications.clusters.first {
                $0.settings.ledger.cluster == snapshot.cluster
            }?.settings
            return BurrowAnswer.ClusterModule(
                servers: snapshot.brokers.map { "\($0.broker.host):\($0.broker.port)" },
                topicRefresh: settings?.metadataInterval.components.seconds ?? 0,
                offsetRefresh: settings?.interval.components.seconds ?? 0)
        }
    }

    private func topics(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "topic list returned", "topics") { () throws(Refusal) in
            try snapshot(request).topics.map(\.name.rawValue)
        }
    }

    /// Ends by partition number; `null` where one is unknown, so that the others keep their places.
    private func topic(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "topic offsets returned", "offsets") { () throws(Refusal) in
            let missing = "cluster or topic not found"
            let snapshot = try snapshot(request, orSay: missing)
            let name = request.parameters["topic"] ?? ""
            guard let topic = snapshot.topics.first(where: { $0.name.rawValue == name }) else {
                throw Refusal(status: 404, message: missing)
            }
            return (0..<Int32(clamping: topic.highWatermark.count)).map { topic.highWatermark[$0] }
        }
    }

    private func consumersOfTopic(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "consumers of topic returned", "consumers") { () throws(Refusal) in
            let name = request.parameters["topic"] ?? ""
            return try snapshot(request).groups
                .filter { $0.topics.contains { $0.name.rawValue == name && !$0.partitions.isEmpty } }
                .map(\.id.rawValue)
        }
    }

    private func consumers(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "consumer list returned", "consumers") { () throws(Refusal) in
            try snapshot(request).groups.filter { $0.unavailable != .noCommits }.map(\.id.rawValue)
        }
    }

    private func consumer(_ request: HTTPRequest) -> HTTPResponse {
        answer(request, "consumer detail returned", "topics") { () throws(Refusal) in
            let missing = "cluster or consumer not found"
            let snapshot = try snapshot(request, orSay: missing)
            guard let group = try group(request, in: snapshot) else {
                throw Refusal(status: 404, message: missing)
            }
            return BurrowGroup(group, in: snapshot).readers
        }
    }

    private func status(_ request: HTTPRequest, showsAll: Bool) -> HTTPResponse {
        let message = "consumer status returned"
        do throws(Refusal) {
            let name = request.parameters["group"] ?? ""
            let cluster = request.parameters["cluster"] ?? ""
            let isKnown = publications.clusters.contains { $0.settings.ledger.cluster == cluster }
            let snapshot = isKnown ? try snapshot(request) : nil
            let group = try snapshot.flatMap { snapshot throws(Refusal) in
                try self.group(request, in: snapshot).map { BurrowGroup($0, in: snapshot) }
            }
            let window = publications.clusters.first { $0.settings.ledger.cluster == cluster }?
                .settings.evaluation.window
            let answer =
                group?.status(showsAll: showsAll, window: window ?? .zero)
                ?? BurrowGroup.missing(name, cluster: cluster)
            return envelope(request, message, "status", answer).response(
                status: answer.status == GroupStatus.notFound.rawValue ? 404 : 200)
        } catch {
            return refuse(request, error)
        }
    }

    /// The group with commits that is asked for; an error where it exists and its commits cannot be read.
    private func group(
        _ request: HTTPRequest, in snapshot: ClusterSnapshot
    ) throws(Refusal) -> GroupSnapshot? {
        let id = GroupID(request.parameters["group"] ?? "")
        guard let group = snapshot.groups.first(where: { $0.id == id }), group.unavailable != .noCommits
        else { return nil }
        if let reason = group.unavailable {
            throw Refusal(status: 503, message: "commits of \(id) are unavailable: \(reason.rawValue)")
        }
        return group
    }

    /// The snapshot of the cluster that is asked for, while it is fresh.
    private func snapshot(
        _ request: HTTPRequest, orSay missing: String = "cluster not found"
    ) throws(Refusal) -> ClusterSnapshot {
        let name = request.parameters["cluster"] ?? ""
        guard let cluster = publications.newest().first(where: { $0.view.cluster == name }) else {
            throw Refusal(status: 404, message: missing)
        }
        guard let snapshot = cluster.freshSnapshot else {
            throw Refusal(
                status: 503,
                message: cluster.view.snapshot == nil
                    ? "nothing is known of cluster \(name) yet" : "what is known of cluster \(name) is old")
        }
        return snapshot
    }

    private func answer(
        _ request: HTTPRequest, _ message: String, _ key: String,
        _ payload: () throws(Refusal) -> some Encodable
    ) -> HTTPResponse {
        do throws(Refusal) {
            return envelope(request, message, key, try payload()).response(status: 200)
        } catch {
            return refuse(request, error)
        }
    }

    private func refuse(_ request: HTTPRequest, _ refusal: Refusal) -> HTTPResponse {
        var body = envelope(request, refusal.message, "", "")
        body.error = true
        return body.response(status: refusal.status)
    }

    private func envelope<Payload: Encodable>(
        _ request: HTTPRequest, _ message: String, _ key: String, _ payload: Payload
    ) -> BurrowEnvelope<Payload> {
        BurrowEnvelope(message: message, key: key, payload: payload, url: request.path, host: host)
    }
}
