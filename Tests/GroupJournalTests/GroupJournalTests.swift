import ClusterAccess
import GroupJournal
import Testing

@Suite struct GroupJournalTests {
    @Test func anEmptyJournalKnowsNobody() {
        #expect(GroupJournal().group("orders") == nil)
    }
}
