extension Array {
    /// The first place where `isBehind` holds, which holds for all places behind it too; the end where it
    /// holds nowhere.
    ///
    /// Inlined into its callers, some of which search once for each commit that is read.
    @inlinable
    package func firstPlace(where isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
