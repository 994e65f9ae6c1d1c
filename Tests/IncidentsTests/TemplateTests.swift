import ClusterAccess
import Testing

@testable import Incidents

/// Templates give JSON, whatever stands in them and whatever is put in.
@Suite("Templates of notices")
struct TemplateTests {
    private func notice(group: String = "billing", lag: Int64? = 12_000) -> Notice {
        var incident = Incident(
            key: .init(rule: "lag", cluster: "c", group: group), severity: "critical", quantity: .lag,
            labels: ["team": "pay"], openedAt: moment(0).wall, sequence: 1)
        incident.groups = [
            .init(since: moment(0).wall, condition: GroupCondition(group: group, lag: lag))
        ]
        return Notice(event: .opened, incident: incident, at: moment(0.5).wall, sinks: ["pager"])
    }

    private func filled(_ template: String, _ notice: Notice) throws -> String {
        let tree = try NoticeTemplate(template).fill(NoticeFields(notice))
        return String(decoding: tree.bytes, as: UTF8.self)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var template: String
        var filled: String
        var testDescription: String { template }

        init(_ template: String, _ filled: String) {
            self.template = template
            self.filled = filled
        }
    }

    @Test(arguments: [
        Case(#"{"text": "{{summary}}"}"#, #"{"text":"lag: group billing on cluster c, lag 12000 records"}"#),
        Case(#"{"n": "{{lag}}", "m": "{{ lag }} behind"}"#, #"{"n":12000,"m":"12000 behind"}"#),
        Case(
            #"["{{closed_at}}", "at {{closed_at}}.", "{{labels}}"]"#, #"[null,"at .",{"team":"pay"}]"#),
        Case(#"{"{{lag}}": 1.50e3}"#, #"{"{{lag}}":1.50e3}"#),
        Case(#""{{opened_at}} {{group_count}}""#, #""2023-11-14T22:13:20.000Z 1""#),
        Case(#"["{{event}}","{{time}}","{{url}}"]"#, #"["opened","2023-11-14T22:13:20.500Z",null]"#),
    ])
    func fills(_ example: Case) throws {
        #expect(try filled(example.template, notice()) == example.filled)
    }

    @Test func whatIsPutInCannotBreakOut() throws {
        let hostile = "a\"}, \"b\": {{lag}}\n\u{1}\\"
        let text = try filled(#"{"group": "{{group}}", "text": "<{{group}}>"}"#, notice(group: hostile))
        guard case .object(let members) = try JSONTree(reading: text) else {
            Issue.record("not an object: \(text)")
            return
        }
        #expect(members.map(\.key) == ["group", "text"])
        #expect(members[0].value == .string(hostile))
        #expect(members[1].value == .string("<\(hostile)>"))
    }

    @Test func theStandardDocumentHoldsEveryPlaceholder() throws {
        let tree = NoticeTemplate.standardDocument(NoticeFields(notice(lag: nil), externalURL: "http://x"))
        guard case .object(let members) = try JSONTree(reading: String(decoding: tree.bytes, as: UTF8.self))
        else { throw NoticeTemplateProblem("no object") }
        #expect(members.map(\.key) == NoticeFields.names)
        #expect(members.first { $0.key == "lag" }?.value == .null)
        #expect(members.first { $0.key == "url" }?.value == .string("http://x"))
    }

    @Test(arguments: [
        Case(#"{"a": }"#, "line 1, column 7: a value should be here"),
        Case("{\"a\": 1,\n \"a\": 2}", "line 2, column 2: the key \"a\" is given twice"),
        Case(#"{"a": {{lag}}}"#, "line 1, column 7: a placeholder stands between double quotes"),
        Case(#"{"a": "{{lgg}}"}"#, "{{lgg}} is no placeholder; there are {{id}}, {{sequence}}, {{event}}"),
        Case(#"["{{lag"]"#, "a placeholder begins with {{ and does not end with }}"),
        Case("[01]", "line 1, column 2: 01 is not a number of JSON"),
        Case("[\"a\nb\"]", "line 1, column 4: a text may not go over the end of the line; write \\n"),
        Case("[1] x", "line 1, column 5: something follows the document"),
        Case(#"["\ud83d"]"#, "line 1, column 9: half of a surrogate pair"),
        Case("", "line 1, column 1: the document ends where a value should be"),
        Case(String(repeating: "[", count: 40), "line 1, column 33: is nested too deeply"),
    ])
    func refuses(_ example: Case) throws {
        let problem = try #require(throws: NoticeTemplateProblem.self) {
            try NoticeTemplate(example.template)
        }
        #expect(problem.problem.hasPrefix(example.filled), "\(problem.problem)")
    }

    @Test func readsEscapes() throws {
        #expect(try JSONTree(reading: #""\ud83d\ude00\u00e9\/\b""#) == .string("😀é/\u{8}"))
        #expect(JSONTree.number(.infinity).bytes == Array("null".utf8))
    }

    @Test(arguments: [
        (0 as Int64, "1970-01-01T00:00:00.000Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
        (4_107_542_399, "2100-02-28T23:59:59.000Z"), (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.000Z"),
    ])
    func spellsMoments(seconds: Int64, text: String) {
        let time = WallTime(nanosecondsSince1970: seconds * 1_000_000_000)
        #expect(Timestamp.text(time) == text)
    }
}
