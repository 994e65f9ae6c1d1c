package import ClusterAccess

extension IncidentEngine {
    /// What has to be remembered of an open incident over a restart.
    package struct Remembered: Hashable, Sendable {
        package var incident: Incident
        /// Time since it was last told.
        package var sinceTold: Duration

        package init(incident: Incident, sinceTold: Duration) {
            self.incident = incident
            self.sinceTold = sinceTold
        }
    }

    /// Every open incident, for the restart that will come.
    package func remembered(at now: MonotonicTime) -> [Remembered] {
        incidents.values.sorted { $0.incident.key.order < $1.incident.key.order }.map {
            Remembered(incident: $0.incident, sinceTold: max(.zero, now - $0.lastTold))
        }
    }

    /// Takes up incidents that were open before a restart, without telling them again.
    ///
    /// Returns what is to be told of those that nobody watches any longer: rule, cluster or group have been
    /// taken out of the configuration. Call it once, before anything is observed.
    package mutating func restore(
        _ remembered: [Remembered], clusters: Set<String>, at now: Moment, sinks: [String]
    ) -> [Notice] {
        var notices: [Notice] = []
        for entry in remembered where incidents[entry.incident.key] == nil {
            let key = entry.incident.key
            var incident = entry.incident
            let index = settings.rules.firstIndex { $0.name == key.rule }
            let rule = index.map { settings.rules[$0] }
            let isSameGrouping = rule.map { ($0.grouping == .group) == (key.group != nil) } ?? false
            if let rule {
                incident.groups.removeAll {
                    !rule.concerns(cluster: key.cluster, group: $0.condition.group)
                }
            }
            guard let rule, let index, isSameGrouping, clusters.contains(key.cluster),
                rule.trigger.quantity == incident.quantity, !incident.groups.isEmpty
            else {
                var closed = entry.incident
                closed.sequence = closed.sequence.saturatingAdd(1)
                closed.closing = .init(at: now.wall, reason: .notWatched)
                notices.append(
                    Notice(event: .resolved, incident: closed, at: now.wall, sinks: rule?.sinks ?? sinks))
                continue
            }
            incident.severity = rule.severity
            incident.labels = rule.labels
            incidents[key] = OpenIncident(
                incident: incident,
                lastTold: MonotonicTime(sinceOrigin: now.monotonic.sinceOrigin - entry.sinceTold),
                toldGroups: Set(incident.groups.map(\.condition.group)))
            for group in incident.groups {
                let watchKey = WatchKey(rule: index, cluster: key.cluster, group: group.condition.group)
                watched[watchKey] = WatchedGroup(restoring: group)
            }
        }
        return notices
    }
}
