import ClusterAccess
import Testing

@Suite("Which partition of the offsets topic holds a group")
struct CoordinatorPartitionTests {
    /// Values of Java's `String.hashCode`, worked out by hand or known from its documentation.
    @Test(arguments: [
        ("", 50, 0), ("a", 50, 47), ("ab", 50, 5), ("polygenelubricants", 50, 0), ("é", 50, 33),
        ("🐘", 50, 11),
    ])
    func followsJavasHash(_ group: String, _ count: Int, _ partition: Int32) {
        #expect(CoordinatorPartition.of(GroupID(group), count: count) == PartitionID(partition))
    }

    @Test func withoutPartitionsThereIsNone() {
        #expect(CoordinatorPartition.of("g", count: 0) == nil)
        #expect(CoordinatorPartition.of("g", count: -1) == nil)
        #expect(CoordinatorPartition.of("g", count: .max) == nil)
    }
}
