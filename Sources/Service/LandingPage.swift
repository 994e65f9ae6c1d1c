import ClusterAccess
import HTTPService
import LagModel
import Monitor

/// `/`: a plain page that says what is watched and links everything that is served.
enum LandingPage {
    static func respond(_ clusters: [PublishedCluster], version: String) -> HTTPResponse {
        let rows = clusters.map(row).joined(separator: "\n")
        let page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Lagwarden</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem;
              color: #1c2430; background: #fff; }
            h1 { font-size: 1.6rem; margin-bottom: 0; }
            table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; }
            th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #d8dee6;
              vertical-align: top; }
            .bad { color: #a4161a; }
            code { background: #f1f4f8; padding: .1rem .3rem; border-radius: .2rem; }
            a { color: #0b5cad; }
            </style>
            </head>
            <body>
            <h1>Lagwarden</h1>
            <p>Consumer lag of Apache Kafka groups for Prometheus. Version \(escaped(version)).</p>
            <table>
            <thead><tr><th>Cluster</th><th>State</th><th>Groups</th><th>Topics</th></tr></thead>
            <tbody>
            \(rows)
            </tbody>
            </table>
            <ul>
            <li><a href="/metrics">/metrics</a>: Prometheus text, or OpenMetrics when asked for</li>
            <li><a href="/api/v1/clusters">/api/v1/clusters</a>:
              clusters, brokers and what could not be read</li>
            <li><a href="/api/v1/groups">/api/v1/groups</a>: groups, the worst lag first;
              <code>?cluster= &amp;sort=lag|name|members &amp;order=asc|desc</code>
              <code>&amp;state= &amp;limit= &amp;offset=</code></li>
            <li><code>/api/v1/groups/GROUP?cluster=</code>: one group with members and partitions</li>
            <li><a href="/api/v1/findings">/api/v1/findings</a>: what is wrong with which
              group, and what may help;
              <code>?cluster= &amp;group= &amp;severity=info|warning|critical</code></li>
            <li><a href="/v3/kafka">/v3/kafka</a>: groups, topics and verdicts as Burrow serves them</li>
            <li><a href="/api/v1/shards">/api/v1/shards</a>: partitions of the offsets topic, how far they are
              read and which of them this replica holds; <code>?cluster=</code></li>
            <li><a href="/-/healthy">/-/healthy</a>, <a href="/-/ready">/-/ready</a></li>
            </ul>
            </body>
            </html>

            """
        return HTTPResponse(
            contentType: "text/html; charset=utf-8",
            headers: ["Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"],
            body: HTTPBody(page))
    }

    private static func row(_ cluster: PublishedCluster) -> String {
        let view = cluster.view
        let name = escaped(view.cluster)
        guard let snapshot = view.snapshot else {
            let reason = view.lastFailure?.description ?? "the first round has not ended"
            return "<tr><td>\(name)</td><td class=\"bad\" colspan=\"3\">\(escaped(reason))</td></tr>"
        }
        let age = Int(cluster.age?.seconds ?? 0)
        var state = "read \(age) s ago"
        if let failure = view.lastFailure { state += "; last round failed: \(escaped(failure.description))" }
        if let fallback = snapshot.offsetsTopic?.fallback {
            state += "; the offsets topic is not used: \(escaped(fallback.rawValue))"
        }
        let folded = snapshot.groups.count { $0.foldedSeries.total > 0 }
        if folded > 0 { state += "; limits.series: \(folded) groups are shown more coarsely in /metrics" }
        let style = view.isUp && !cluster.isStale ? "" : " class=\"bad\""
        return "<tr><td>\(name)</td><td\(style)>\(state)</td><td>\(snapshot.groups.count)</td>"
            + "<td>\(snapshot.topics.count)</td></tr>"
    }

    /// Text that may stand in HTML.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
