extension ExporterRenderer {
    mutating func renderNotifications() {
        let sinks = facts.sinks.sorted { $0.name < $1.name }
        writer.begin(Catalogue.notificationAttempts)
        for sink in sinks { count(sink.attempts, of: sink) }
        writer.begin(Catalogue.notificationsDropped)
        for sink in sinks { count(sink.dropped, of: sink) }
        writer.begin(Catalogue.notificationQueueLength)
        for sink in sinks {
            let mark = writer.push(sink.name)
            writer.sample(Int64(sink.queueLength))
            writer.pop(to: mark)
        }
        eachCluster(Catalogue.incidentsOpen) { cluster, writer in
            if let open = cluster.openIncidents { writer.sample(Int64(open)) }
        }
    }

    /// Samples of one sink by a second label.
    private mutating func count(_ counts: [String: Int64], of sink: ExporterFacts.SinkFacts) {
        let sinkMark = writer.push(sink.name)
        for (word, count) in counts.sorted(by: { $0.key < $1.key }) {
            let mark = writer.push(word)
            writer.sample(count)
            writer.pop(to: mark)
        }
        writer.pop(to: sinkMark)
    }
}
