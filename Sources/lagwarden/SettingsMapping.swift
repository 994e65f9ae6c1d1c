import ClusterAccess
import Configuration
import Exposition
import HTTPService
import KafkaClient
import LagAnalysis
import LagModel
import Monitor
import Service

/// From what the configuration says to what each part takes.
extension KafkaClientSettings {
    init(_ cluster: ClusterSettings) {
        self.init(
            brokers: cluster.brokers.joined(separator: ","), clientID: cluster.clientID,
            groupID: cluster.groupID,
            properties: cluster.clientProperties.sorted { $0.key < $1.key }.map {
                ($0.key, $0.value.reveal())
            },
            requestTimeout: cluster.requestTimeout,
            metadataTimeout: min(.seconds(5), cluster.requestTimeout),
            maximumInFlightPerBroker: cluster.maxInFlight,
            maximumRequestsPerSecond: cluster.maxRequestsPerSecond,
            offsetsChunk: cluster.offsetsChunk)
    }
}

extension RoundSettings {
    init(_ cluster: ClusterSettings, of settings: Settings) {
        let groups = settings.groups
        let topics = settings.topics.filter
        let stable = settings.poll.lastStableOffset
        let rules = settings.granularity
        let labels = cluster.labels.sorted { $0.key < $1.key }
        self.init(
            interval: settings.poll.interval, jitter: settings.poll.jitter,
            metadataInterval: settings.poll.metadataInterval, describesMembers: settings.poll.members,
            readsAllTopics: settings.topics.all, admitsGroup: { groups.admits($0.rawValue) },
            admitsTopic: { topics.admits($0.rawValue) },
            wantsStableLag: { id in stable.contains { $0.matches(id.rawValue) } },
            granularity: { rules.granularity(of: $0) },
            ledger: ClusterLedger.Settings(
                cluster: cluster.name, constantLabels: labels.map { .init(name: $0.key, value: $0.value) },
                topicGranularity: settings.granularity.standard, growthWindow: settings.poll.growthWindow),
            groupsInFlight: cluster.maxInFlight, follower: FollowerSettings(settings),
            time: TimeSettings(cluster, of: settings))
        requestPlan = RequestPlanSettings(
            idleInterval: settings.poll.idleInterval, staleAfter: settings.poll.staleAfter)
        evaluation = LagAnalysis.EvaluationSettings(
            window: settings.evaluation.window, minimum: settings.evaluation.minimum,
            allowedLag: Int64(settings.evaluation.allowedLag))
        diagnosis.lag = Int64(settings.diagnosis.lag)
        diagnosis.lagAge = settings.diagnosis.lagAge
        diagnosis.lossMargin = settings.diagnosis.lossMargin
        series = SeriesSettings(settings.limits, rules)
        rememberNames()
    }
}

extension SeriesSettings {
    init(_ limits: LimitsSettings, _ granularity: GranularityRules) {
        self.init(
            limit: limits.series > 0 ? limits.series : nil, counter: SeriesCounting.counter,
            labelBytes: limits.labelLength)
        guard granularity.limitsPartitions else { return }
        topPartitions = { granularity.topPartitions(of: $0) }
    }
}

extension TimeSettings {
    /// `nil` where lag in seconds is switched off.
    init?(_ cluster: ClusterSettings, of settings: Settings) {
        guard settings.lagSeconds.isEnabled else { return nil }
        self.init(
            tolerance: TimeTolerance(
                absolute: settings.lagSeconds.tolerance, ratio: settings.lagSeconds.toleranceRatio),
            requestsPerRound: settings.lagSeconds.requestsMax, partitionsPerRequest: cluster.offsetsChunk,
            timeLimit: min(.seconds(5), settings.poll.interval / 2),
            sampling: SampleSettings(settings.lagSeconds, interval: settings.poll.interval))
    }
}

extension SampleSettings {
    /// `nil` where no records are read.
    init?(_ settings: LagSecondsSettings, interval: Duration) {
        switch settings.sampling {
        case .none: return nil
        case .records:
            self.init(recordsPerRound: settings.samplesMax, timeLimit: min(.seconds(3), interval / 2))
        }
    }
}

extension FollowerSettings {
    /// `nil` where only coordinators are asked.
    init?(_ settings: Settings) {
        let isHybrid: Bool
        switch settings.source {
        case .admin: return nil
        case .hybrid: isHybrid = true
        case .offsetsTopic: isHybrid = false
        }
        let sharding = settings.sharding
        self.init(
            isHybrid: isHybrid, reconcileInterval: settings.offsetsTopic.reconcileInterval,
            reconcileRequests: settings.offsetsTopic.reconcileRequestsMax,
            retryInterval: settings.offsetsTopic.retryInterval,
            shardGroup: sharding.isEnabled
                ? .init(
                    group: GroupID(sharding.group),
                    instanceID: sharding.instanceID.isEmpty ? nil : sharding.instanceID,
                    sessionTimeout: sharding.sessionTimeout)
                : nil)
    }
}

extension Exporter.Options {
    init(_ settings: Settings, librdkafka: String) {
        var server = HTTPServerOptions()
        server.connectionLimit = settings.web.maxConnections
        server.idleTimeout = settings.web.requestTimeout
        let address = settings.web.listenAddress
        self.init(
            address: HTTPService.ListenAddress(host: address.host, port: address.port), server: server,
            staleAfter: settings.poll.staleAfter, concurrentScrapes: settings.limits.concurrentScrapes,
            build: BuildInfo.facts(librdkafka: librdkafka))
    }
}
