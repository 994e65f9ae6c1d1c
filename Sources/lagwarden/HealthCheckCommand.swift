import Configuration
import Notifications

/// `lagwarden healthcheck`: asks a running exporter how it is; one line, exit code 0 or 1.
enum HealthCheckCommand {
    /// Asks the exporter that these settings are of.
    static func run(_ settings: Settings, _ options: HealthCheckOptions) async -> ExitCode {
        let address = settings.web.listenAddress
        guard address.port > 0 else {
            StandardStreams.writeError(
                "lagwarden healthcheck: port 0 is chosen anew at each start; give --url or a fixed port")
            return .configuration
        }
        let path = options.asksReadiness ? "/-/ready" : "/-/healthy"
        return await run("http://\(reachable(address)):\(address.port)\(path)", options)
    }

    /// Asks any address; an answer of 2xx is good.
    static func run(_ url: String, _ options: HealthCheckOptions) async -> ExitCode {
        var exchange = HTTPExchange(.get, url)
        exchange.timeout = options.timeout
        exchange.connectTimeout = options.timeout
        exchange.answerBytesMax = 1000
        let problem: String
        switch await HTTPClient.exchange(exchange) {
        case .answered(let answer) where (200..<300).contains(answer.status):
            StandardStreams.write("\(url) answered \(answer.status)")
            return .success
        case .answered(let answer):
            let said = String(decoding: answer.body, as: UTF8.self).split(whereSeparator: \.isNewline)
            problem = "answered \(answer.status)" + (said.first.map { ": \($0)" } ?? "")
        case .failed(let failure): problem = "does not answer: \(failure)"
        }
        StandardStreams.writeError("lagwarden healthcheck: \(url) \(problem)")
        return .runtime
    }

    /// Where an address that stands for all of the machine's is reached from the machine itself.
    private static func reachable(_ address: ListenAddress) -> String {
        switch address.host {
        case nil, "0.0.0.0": "127.0.0.1"
        case "::": "[::1]"
        case let host?: host.contains(":") ? "[\(host)]" : host
        }
    }
}
