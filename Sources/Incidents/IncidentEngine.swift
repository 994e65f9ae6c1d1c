package import ClusterAccess

/// Opens and closes incidents by what rounds say of groups; a value without clocks, threads or files.
///
/// Give it every snapshot with ``observe(_:_:at:)``, every round that made none with ``gap(in:)``, and the
/// time now and then with ``tick(at:)``. What it returns is to be told, in that order.
package struct IncidentEngine: Sendable {
    package struct Settings: Hashable, Sendable {
        package var rules: [IncidentRule]
        /// A group that was not seen for this long closes its incidents.
        package var goneAfter: Duration
        /// Time over which rebalances per minute are taken.
        package var rebalanceWindow: Duration

        package init(
            rules: [IncidentRule], goneAfter: Duration = .seconds(600),
            rebalanceWindow: Duration = .seconds(600)
        ) {
            self.rules = rules
            self.goneAfter = goneAfter
            self.rebalanceWindow = rebalanceWindow
        }
    }

    /// Changes of one incident are told this far apart at least.
    static let changeInterval = Duration.seconds(60)

    struct WatchKey: Hashable {
        var rule: Int
        var cluster: String
        var group: String
    }

    struct OpenIncident: Sendable {
        var incident: Incident
        var lastTold: MonotonicTime
        /// Groups that were affected when it was last told.
        var toldGroups: Set<String>
    }

    let settings: Settings
    var watched: [WatchKey: WatchedGroup] = [:]
    var incidents: [Incident.Key: OpenIncident] = [:]
    private var rates: [String: [String: RebalanceRate]] = [:]

    package init(_ settings: Settings) { self.settings = settings }

    /// Incidents that are open, ascending by rule, cluster and group.
    package var open: [Incident] {
        incidents.values.map(\.incident).sorted { $0.key.order < $1.key.order }
    }

    /// Number of open incidents of a cluster.
    package func openCount(of cluster: String) -> Int {
        incidents.keys.count { $0.cluster == cluster }
    }

    /// Takes what a round says of every group of a cluster.
    package mutating func observe(
        _ cluster: String, _ conditions: [GroupCondition], at now: Moment
    ) -> [Notice] {
        let conditions = withRates(cluster, conditions, at: now.monotonic)
        var notices: [Notice] = []
        for (index, rule) in settings.rules.enumerated() where rule.clusters.admits(cluster) {
            notices += judge(cluster, conditions, by: rule, index, at: now)
        }
        return notices + tick(at: now)
    }

    /// Takes a round of which nothing is known: it neither opens nor closes anything.
    package mutating func gap(in cluster: String) {
        for key in watched.keys where key.cluster == cluster { watched[key]?.pause() }
    }

    /// Tells again what has stayed open for a repeat interval, and changes that had to wait.
    package mutating func tick(at now: Moment) -> [Notice] {
        var notices: [Notice?] = []
        for key in incidents.keys.sorted(by: { $0.order < $1.order }) {
            guard let open = incidents[key], let rule = rule(named: key.rule) else { continue }
            let sinceTold = now.monotonic - open.lastTold
            if rule.repeatInterval > .zero, sinceTold >= rule.repeatInterval {
                notices.append(tell(.repeated, key, rule, at: now))
            } else if sinceTold >= Self.changeInterval,
                Set(open.incident.groups.map(\.condition.group)) != open.toldGroups
            {
                notices.append(tell(.changed, key, rule, at: now))
            }
        }
        return notices.compactMap(\.self)
    }

    func rule(named name: String) -> IncidentRule? { settings.rules.first { $0.name == name } }

    /// Lets every group that the rule concerns take its step, then brings the incidents up to date.
    private mutating func judge(
        _ cluster: String, _ conditions: [GroupCondition], by rule: IncidentRule, _ index: Int,
        at now: Moment
    ) -> [Notice] {
        var seen: Set<String> = []
        var closings: [String: CloseReason] = [:]
        for condition in conditions {
            seen.insert(condition.group)
            let key = WatchKey(rule: index, cluster: cluster, group: condition.group)
            // WHY this order: a verdict costs nanoseconds, a filter with expressions microseconds.
            let verdict = rule.trigger.verdict(of: condition)
            guard verdict == .bad || watched[key] != nil, rule.groups.admits(condition.group) else {
                continue
            }
            var group = watched[key] ?? WatchedGroup(condition, at: now.monotonic)
            let change = group.step(verdict, condition, rule: rule, at: now)
            keep(group, key, change, &closings)
        }
        let absent = watched.keys.filter {
            $0.rule == index && $0.cluster == cluster && !seen.contains($0.group)
        }
        for key in absent {
            guard var group = watched[key] else { continue }
            let change = group.stepAbsent(goneAfter: settings.goneAfter, at: now.monotonic)
            keep(group, key, change, &closings)
        }
        return update(rule, index, cluster, closings, at: now)
    }

    private mutating func keep(
        _ group: WatchedGroup, _ key: WatchKey, _ change: WatchedGroup.Change,
        _ closings: inout [String: CloseReason]
    ) {
        switch change {
        case .none, .opened: watched[key] = group
        case .forgotten: watched[key] = nil
        case .closed(let reason):
            watched[key] = nil
            closings[key.group] = reason
        }
    }

    /// Opens, fills and closes the incidents of one rule on one cluster.
    private mutating func update(
        _ rule: IncidentRule, _ index: Int, _ cluster: String, _ closings: [String: CloseReason],
        at now: Moment
    ) -> [Notice] {
        var affected: [Incident.Key: [Incident.AffectedGroup]] = [:]
        for (key, group) in watched where key.rule == index && key.cluster == cluster {
            guard let since = group.firingSince else { continue }
            let incidentKey = Self.incidentKey(rule, cluster, key.group)
            affected[incidentKey, default: []].append(.init(since: since, condition: group.condition))
        }
        var notices: [Notice?] = []
        for (key, groups) in affected.sorted(by: { $0.key.order < $1.key.order }) {
            let sorted = groups.sorted { $0.condition.group < $1.condition.group }
            if incidents[key] != nil {
                incidents[key]?.incident.groups = sorted
            } else {
                let incident = Incident(
                    key: key, severity: rule.severity, quantity: rule.trigger.quantity, labels: rule.labels,
                    openedAt: now.wall, groups: sorted)
                incidents[key] = OpenIncident(
                    incident: incident, lastTold: now.monotonic, toldGroups: [])
                notices.append(tell(.opened, key, rule, at: now))
            }
        }
        for (group, reason) in closings.sorted(by: { $0.key < $1.key }) {
            let key = Self.incidentKey(rule, cluster, group)
            guard affected[key] == nil, incidents[key] != nil else { continue }
            incidents[key]?.incident.closing = .init(at: now.wall, reason: reason)
            notices.append(tell(.resolved, key, rule, at: now))
            incidents[key] = nil
        }
        return notices.compactMap(\.self)
    }

    private static func incidentKey(
        _ rule: IncidentRule, _ cluster: String, _ group: String
    ) -> Incident.Key {
        switch rule.grouping {
        case .group: Incident.Key(rule: rule.name, cluster: cluster, group: group)
        case .cluster: Incident.Key(rule: rule.name, cluster: cluster, group: nil)
        }
    }

    /// Makes the next notice of an open incident and notes that it was told.
    mutating func tell(
        _ event: Notice.Event, _ key: Incident.Key, _ rule: IncidentRule, at now: Moment
    ) -> Notice? {
        guard var open = incidents[key] else { return nil }
        open.incident.sequence = open.incident.sequence.saturatingAdd(1)
        open.lastTold = now.monotonic
        open.toldGroups = Set(open.incident.groups.map(\.condition.group))
        incidents[key] = open
        return Notice(event: event, incident: open.incident, at: now.wall, sinks: rule.sinks)
    }

    /// Fills in the rates, where any rule asks for them, and forgets those of groups that are gone.
    private mutating func withRates(
        _ cluster: String, _ conditions: [GroupCondition], at now: MonotonicTime
    ) -> [GroupCondition] {
        let isWanted = settings.rules.contains { $0.trigger.quantity == .rebalancesPerMinute }
        guard isWanted else { return conditions }
        var kept = rates[cluster] ?? [:]
        var next: [String: RebalanceRate] = [:]
        let result = conditions.map { condition in
            var condition = condition
            guard let count = condition.rebalances else {
                next[condition.group] = kept.removeValue(forKey: condition.group)
                return condition
            }
            var rate = kept.removeValue(forKey: condition.group) ?? RebalanceRate(count, at: now)
            condition.rebalancesPerMinute = rate.rate(
                with: count, at: now, over: settings.rebalanceWindow)
            next[condition.group] = rate
            return condition
        }
        rates[cluster] = next
        return result
    }
}
