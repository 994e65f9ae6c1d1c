package import ClusterAccess
import Incidents

/// One notice that was asked for on the command line, sent at once and once.
package enum SinkTest {
    /// How it went, and a sentence about it.
    package struct Result: Sendable {
        package var isDelivered: Bool
        package var sentence: String
    }

    /// Sends a test notice to a sink and waits for the answer, without blocking the caller's thread.
    package static func run(
        _ sink: SinkSettings, cluster: String, externalURL: String, at now: WallTime
    ) async -> Result {
        let task = DeliveryTask.notice(notice(to: sink, cluster: cluster, at: now))
        let outcome: HTTPOutcome
        do throws(HTTPFailure) {
            let exchange = try sink.request(for: task, externalURL: externalURL, at: now)
            outcome = await HTTPClient.exchange(exchange)
        } catch {
            outcome = .failed(error)
        }
        switch DeliveryVerdict(outcome) {
        case .delivered:
            guard case .answered(let answer) = outcome else {
                return Result(isDelivered: true, sentence: "it was taken")
            }
            return Result(isDelivered: true, sentence: "the server answered \(answer.status)")
        case .failed(let sentence, _), .refused(let sentence):
            return Result(isDelivered: false, sentence: sentence + excerpt(outcome))
        }
    }

    static func notice(to sink: SinkSettings, cluster: String, at now: WallTime) -> Notice {
        let group = "lagwarden-test"
        let incident = Incident(
            key: .init(rule: "LagwardenTest", cluster: cluster, group: group), severity: "info",
            quantity: .lag, openedAt: now, sequence: 1,
            groups: [.init(since: now, condition: GroupCondition(group: group, lag: 0))])
        return Notice(event: .test, incident: incident, at: now, sinks: [sink.name])
    }

    /// The beginning of what a server says to explain itself.
    private static func excerpt(_ outcome: HTTPOutcome) -> String {
        guard case .answered(let answer) = outcome, !answer.body.isEmpty else { return "" }
        let text = String(decoding: answer.body.prefix(200), as: UTF8.self)
        let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return ": " + String(String.UnicodeScalarView(line))
    }
}
