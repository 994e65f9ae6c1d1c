/// Identifier of one incarnation of a topic; a recreated topic has another.
package struct TopicUUID: Hashable, Sendable {
    package var mostSignificant: UInt64
    package var leastSignificant: UInt64

    package init(mostSignificant: UInt64, leastSignificant: UInt64) {
        self.mostSignificant = mostSignificant
        self.leastSignificant = leastSignificant
    }
}
