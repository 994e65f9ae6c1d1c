import ClusterAccess
import HTTPService
import LagModel
import Monitor

/// `GET /api/v1/findings?cluster=&group=&severity=`: what should be known of all groups, the worst first.
struct FindingsAPI {
    struct Answer: Encodable {
        /// Findings that match, on all pages.
        var total: Int
        var offset: Int
        var limit: Int
        var findings: [Row]
    }

    /// One finding; what it is not about is left out.
    struct Row: Encodable {
        var cluster: String
        var group: String
        var finding: String
        var severity: String
        var summary: String
        var topic: String?
        var partition: Int32?
        var member: String?
        var evidence: [Evidence]
        var suggestions: [Suggestion]
    }

    /// A number by its name, which ends in its unit; a list, so that the most telling one stays first.
    struct Evidence: Encodable {
        var name: String
        var value: Double
    }

    struct Suggestion: Encodable {
        var setting: String?
        var direction: String
        var tradeOff: String
    }

    static func respond(_ request: HTTPRequest, _ clusters: [PublishedCluster]) -> HTTPResponse {
        do throws(ParameterProblem) {
            let page = try Page(request, defaultLimit: 100)
            let least = try severity(of: request)
            let chosen = try clusters.chosen(by: request)
            let wanted = request.queryValue("group").map { GroupID($0) }
            var found: [(severity: Finding.Severity, row: Row)] = []
            for cluster in chosen {
                guard let snapshot = cluster.view.snapshot else { continue }
                let now = snapshot.endOffsetsRead.wall
                for group in snapshot.groups where wanted == nil || group.id == wanted {
                    for finding in group.aged(to: now).findings where finding.severity >= least {
                        found.append((finding.severity, row(finding, of: group.id, in: snapshot.cluster)))
                    }
                }
            }
            // The worst first; within one severity in the order of clusters, groups and rules.
            let rows = Finding.Severity.allCases.reversed().flatMap { severity in
                found.filter { $0.severity == severity }.map(\.row)
            }
            return APIResponse.json(
                Answer(
                    total: rows.count, offset: page.offset, limit: page.limit,
                    findings: Array(page.slice(of: rows))))
        } catch {
            return error.response
        }
    }

    /// The least severity that is asked for.
    private static func severity(of request: HTTPRequest) throws(ParameterProblem) -> Finding.Severity {
        guard let text = request.queryValue("severity") else { return .info }
        guard let severity = Finding.Severity(rawValue: text) else {
            let choices = Finding.Severity.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParameterProblem(
                sentence: "severity must be one of \(choices), for example severity=warning, which includes "
                    + "critical")
        }
        return severity
    }

    static func row(_ finding: Finding, of group: GroupID, in cluster: String) -> Row {
        Row(
            cluster: cluster, group: group.rawValue, finding: finding.kind.rawValue,
            severity: finding.severity.rawValue, summary: finding.summary, topic: finding.topic?.rawValue,
            partition: finding.partition, member: finding.member,
            evidence: finding.evidence.map { Evidence(name: $0.name, value: $0.value) },
            suggestions: finding.suggestions.map { suggestion in
                Suggestion(
                    setting: suggestion.setting, direction: suggestion.direction.rawValue,
                    tradeOff: suggestion.tradeOff)
            })
    }
}
