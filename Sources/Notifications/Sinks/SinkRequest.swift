import ClusterAccess
import Foundation
import Incidents

extension SinkSettings {
    /// The request that tells `task`; `now` is when it is sent.
    ///
    /// - Throws: a failure when a file of secrets cannot be read.
    func request(
        for task: DeliveryTask, externalURL: String, at now: WallTime
    ) throws(HTTPFailure) -> HTTPExchange {
        let document: JSONTree
        var address = try Self.read(url, "the address")
        switch kind {
        case .webhook(let template):
            let fields = task.notices.first.map { NoticeFields($0, externalURL: externalURL) }
            document =
                fields.map { template?.fill($0) ?? NoticeTemplate.standardDocument($0) } ?? .null
        case .alertmanager(let resendInterval):
            while address.hasSuffix("/") { address.removeLast() }
            address += "/api/v2/alerts"
            document = .array(
                task.notices.map {
                    AlertmanagerAlert.document(
                        $0, externalURL: externalURL, at: now, resendInterval: resendInterval)
                })
        }
        var exchange = HTTPExchange(.post(document.bytes), address)
        exchange.credentials = try credentials()
        exchange.authorityFile = authorityFile
        exchange.connectTimeout = connectTimeout
        exchange.timeout = timeout
        exchange.usesProxyOfEnvironment = usesProxyOfEnvironment
        return exchange
    }

    private func credentials() throws(HTTPFailure) -> HTTPExchange.Credentials {
        if !bearerTokenFile.isEmpty {
            return .bearer(try Self.read(.file(bearerTokenFile), "the token"))
        }
        if !user.isEmpty {
            return .basic(user: user, password: try Self.read(.file(passwordFile), "the password"))
        }
        return .none
    }

    /// The text without the newline that editors leave at its end.
    private static func read(_ source: Source, _ what: String) throws(HTTPFailure) -> String {
        switch source {
        case .text(let text): return text
        case .file(let path):
            let limit = 65_536
            let handle = FileHandle(forReadingAtPath: path)
            let data = try? handle?.read(upToCount: limit)
            try? handle?.close()
            guard let data, var text = String(validating: data, as: UTF8.self) else {
                throw HTTPFailure(.secret, "the file \(path) with \(what) cannot be read as text")
            }
            if text.last?.isNewline == true { text.removeLast() }
            let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
            guard !text.isEmpty, !text.unicodeScalars.contains(where: isControl) else {
                throw HTTPFailure(.secret, "the file \(path) does not hold \(what) on one line")
            }
            return text
        }
    }
}

/// An incident as Alertmanager's API, version 2, takes it.
enum AlertmanagerAlert {
    /// The alert of one notice; an open one ends by itself when it is not sent again for four intervals.
    static func document(
        _ notice: Notice, externalURL: String, at now: WallTime, resendInterval: Duration
    ) -> JSONTree {
        let incident = notice.incident
        let fields = NoticeFields(notice, externalURL: externalURL)
        var labels = incident.labels
        labels["alertname"] = incident.key.rule
        labels["cluster"] = incident.key.cluster
        labels["severity"] = incident.severity
        if let group = incident.key.group { labels["group"] = group }
        var annotations: [JSONTree.Member] = [.init("summary", .string(fields.summary))]
        if incident.key.group == nil {
            let groups = incident.groups.map(\.condition.group).joined(separator: ", ")
            annotations.append(.init("groups", .string(groups)))
        }
        if let reason = incident.closing?.reason {
            annotations.append(.init("reason", .string(reason.rawValue)))
        }
        let end = incident.closing?.at ?? later(now, by: resendInterval * 4)
        let pairs = labels.sorted { $0.key < $1.key }
        var members: [JSONTree.Member] = [
            .init("labels", .object(pairs.map { .init($0.key, .string($0.value)) })),
            .init("annotations", .object(annotations)),
            .init("startsAt", .string(Timestamp.text(incident.openedAt))),
            .init("endsAt", .string(Timestamp.text(end))),
        ]
        if !externalURL.isEmpty { members.append(.init("generatorURL", .string(externalURL))) }
        return .object(members)
    }

    private static func later(_ time: WallTime, by duration: Duration) -> WallTime {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue
        return WallTime(
            nanosecondsSince1970: time.nanosecondsSince1970
                .saturatingAdd(nanoseconds.saturatingAdd(attoseconds / 1_000_000_000)))
    }
}
