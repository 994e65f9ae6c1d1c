import ClusterAccess
import LagModel

/// Families about what the limits of series and labels take away, in catalogue order.
extension KafkaRenderer {
    mutating func renderFolding() {
        eachGroup(Catalogue.groupSeriesFolded) { _, group, writer in
            guard group.fold > .partition else { return }
            for level in SeriesPlan.foldedLevels where group.foldedSeries[level] > 0 {
                let mark = writer.push(level.rawValue)
                writer.sample(Int64(group.foldedSeries[level]))
                writer.pop(to: mark)
            }
        }
    }

    /// The last families, since they tell of all before.
    mutating func renderLimits() {
        eachCluster(Catalogue.seriesLimit) { snapshot, writer in
            if let limit = snapshot.series.limit { writer.sample(Int64(limit)) }
        }
        eachCluster(Catalogue.seriesFolded) { snapshot, writer in
            for level in SeriesPlan.foldedLevels {
                let levelMark = writer.push(level.rawValue)
                if snapshot.series.limit != nil {
                    let mark = writer.push("limit")
                    writer.sample(Int64(snapshot.series.folded[level]))
                    writer.pop(to: mark)
                }
                if level == .partition, let count = snapshot.series.beyondTop {
                    let mark = writer.push("top_partitions")
                    writer.sample(Int64(count))
                    writer.pop(to: mark)
                }
                writer.pop(to: levelMark)
            }
        }
        eachCluster(Catalogue.labelValuesCut) { _, writer in writer.sample(Int64(writer.labels.cutCount)) }
        var position = 0
        let written = seriesBySnapshot
        eachCluster(Catalogue.seriesExported) { _, writer in
            writer.sample(Int64(written[position] + 1))
            position += 1
        }
    }
}
