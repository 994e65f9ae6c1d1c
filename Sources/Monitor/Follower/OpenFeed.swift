import ClusterAccess
import GroupJournal
import StructuredLog

/// The second feed, which also shows what open transactions hold back, and the partitions that it reads.
struct OpenFeed {
    var feed: any OffsetsFeed
    var partitions: Set<PartitionID> = []
    /// Hands what the feed delivers to the follower.
    var reading: Task<Void, Never>
}

extension OffsetsFollower {
    /// Reads blocked partitions beyond their last stable offset, for the generations there; others no more.
    func arrangeOpenFeed() async {
        let blocked = Set(heldPartitions.filter { self[$0]?.isBlocked ?? false })
        guard !blocked.isEmpty || openFeed != nil else { return }
        if blocked.isEmpty { return await closeOpenFeed() }
        do throws(ClusterError) {
            if openFeed == nil {
                let feed = try surroundings.feeds.makeFeed(FeedOptions(readsCommitted: false))
                openFeed = OpenFeed(feed: feed, reading: Task { await self.readOpenFeed(feed) })
            }
            guard let open = openFeed else { return }
            openFeed?.partitions = blocked
            let left = open.partitions.subtracting(blocked)
            if !left.isEmpty { try await open.feed.unfollow(left) }
            var starts: [PartitionID: FeedStart] = [:]
            for partition in blocked.subtracting(open.partitions) {
                starts[partition] = .offset(self[partition]?.openStart ?? 0)
            }
            if !starts.isEmpty {
                surroundings.logger.warn(
                    "a transaction does not end; its partition's groups are asked of their coordinator",
                    ["partitions": starts.keys.sorted().map(\.description).joined(separator: ",")])
                try await open.feed.follow(starts)
            }
        } catch {
            surroundings.logger.debug("open transactions cannot be read past", ["error": error.description])
            await closeOpenFeed()
        }
    }

    func closeOpenFeed() async {
        guard let open = openFeed else { return }
        openFeed = nil
        open.reading.cancel()
        await open.feed.close()
        await open.reading.value
    }

    private func readOpenFeed(_ feed: any OffsetsFeed) async {
        while !Task.isCancelled {
            do throws(ClusterError) {
                let batch = try await feed.nextBatch(limit: 5_000, within: .milliseconds(500))
                absorb(batch.records, isolation: .uncommitted)
            } catch {
                return
            }
        }
    }
}
