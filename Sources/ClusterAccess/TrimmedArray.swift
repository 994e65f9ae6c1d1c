extension Array {
    /// The same without the room that growing left over, where that is worth a copy.
    package func trimmed() -> [Element] {
        guard capacity > count + count / 16 + 4 else { return self }
        var trimmed: [Element] = []
        trimmed.reserveCapacity(count)
        trimmed.append(contentsOf: self)
        return trimmed
    }
}
