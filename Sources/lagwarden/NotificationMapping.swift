import Configuration
import Incidents
import Monitor
import Notifications
import StructuredLog

extension Notifier {
    /// `nil` where no sink is configured.
    convenience init?(_ settings: Configuration.Settings, clock: MonitorClock, logger: Logger) {
        let notifications = settings.notifications
        guard !notifications.sinks.isEmpty else { return nil }
        let incidents = IncidentEngine.Settings(
            rules: notifications.incidentRules, goneAfter: notifications.goneAfter,
            rebalanceWindow: notifications.rebalanceWindow)
        var made = Notifier.Settings(
            incidents: incidents, sinks: notifications.sinks.map(SinkSettings.init))
        made.stateFile = notifications.stateFile
        made.externalURL = notifications.externalURL
        self.init(made, clusters: settings.clusters.map(\.name), logger: logger, now: clock.now)
    }
}

extension SinkSettings {
    init(_ sink: NotificationSettings.Sink) {
        let kind: Kind =
            switch sink.kind {
            // The configuration has read the template already.
            case .webhook: .webhook(sink.body.isEmpty ? nil : try? NoticeTemplate(sink.body))
            case .alertmanager: .alertmanager(resendInterval: sink.resendInterval)
            }
        self.init(
            name: sink.name, kind: kind, url: sink.urlFile.isEmpty ? .text(sink.url) : .file(sink.urlFile))
        bearerTokenFile = sink.bearerTokenFile
        user = sink.username
        passwordFile = sink.passwordFile
        authorityFile = sink.authorityFile
        connectTimeout = sink.connectTimeout
        timeout = sink.timeout
        usesProxyOfEnvironment = sink.usesProxyOfEnvironment
        sendsResolved = sink.sendsResolved
        queueLimit = sink.queueLimit
        retryFor = sink.retryFor
    }
}
