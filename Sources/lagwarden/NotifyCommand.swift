import ClusterAccess
import Configuration
import Monitor
import Notifications

/// `lagwarden notify test SINK`: one test notification, and what became of it.
enum NotifyCommand {
    static func test(_ name: String, _ settings: Settings) async -> ExitCode {
        let sinks = settings.notifications.sinks
        guard let sink = sinks.first(where: { $0.name == name }) else {
            let known = sinks.map(\.name).joined(separator: ", ")
            StandardStreams.writeError(
                "lagwarden notify: there is no sink \"\(name)\" under notifications.sinks; "
                    + (known.isEmpty
                        ? "name the file that has one by --config.file" : "those that are there: \(known)"))
            return .configuration
        }
        let result = await SinkTest.run(
            SinkSettings(sink), cluster: settings.clusters.first?.name ?? "default",
            externalURL: settings.notifications.externalURL, at: MonitorClock.system().now().wall)
        let place = "\(sink.kind.rawValue) \(name)"
        if result.isDelivered {
            StandardStreams.write("delivered to \(place): \(result.sentence)")
            return .success
        }
        StandardStreams.writeError("lagwarden notify: not delivered to \(place): \(result.sentence)")
        return .runtime
    }
}
