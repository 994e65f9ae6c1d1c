import Testing

@testable import HTTPService

@Suite("Router")
struct RouterTests {
    private let router: Router = {
        var router = Router()
        router.on("/") { _ in .text("landing") }
        router.on("/metrics") { _ in .text("metrics") }
        router.on("/groups/mine") { _ in .text("literal") }
        router.on("/groups/{group}") { .text("group \($0.parameters["group"] ?? "?")") }
        router.on("/groups/{group}/topics/{topic}") {
            .text("\($0.parameters["group"] ?? "?") \($0.parameters["topic"] ?? "?")")
        }
        router.on("/-/reload", [.post]) { _ in .text("reloaded") }
        router.on("/both") { _ in .text("read") }
        router.on("/both", [.post]) { _ in .text("written") }
        return router
    }()

    struct Case: Sendable, CustomTestStringConvertible {
        let method: HTTPMethod
        let target: String
        let status: Int
        var body: String?
        var allow: String?
        var testDescription: String { "\(method.name) \(target) \(status)" }
    }

    @Test(arguments: [
        Case(method: .get, target: "/", status: 200, body: "landing\n"),
        Case(method: .get, target: "/metrics?x=1", status: 200, body: "metrics\n"),
        Case(method: .head, target: "/metrics", status: 200, body: "metrics\n"),
        Case(method: .get, target: "/groups/mine", status: 200, body: "literal\n"),
        Case(method: .get, target: "/groups/a%2Fb", status: 200, body: "group a/b\n"),
        Case(method: .get, target: "/groups/%7Bgroup%7D", status: 200, body: "group {group}\n"),
        Case(method: .get, target: "/groups/g/topics/t", status: 200, body: "g t\n"),
        Case(method: .post, target: "/-/reload", status: 200, body: "reloaded\n"),
        Case(method: .get, target: "/both", status: 200, body: "read\n"),
        Case(method: .post, target: "/both", status: 200, body: "written\n"),
        Case(method: .get, target: "/groups/", status: 404),
        Case(method: .get, target: "/groups/g/topics", status: 404),
        Case(method: .get, target: "/Metrics", status: 404),
        Case(method: .get, target: "//metrics", status: 404),
        Case(method: .post, target: "/nothing", status: 404),
        Case(method: .post, target: "/metrics", status: 405, allow: "GET, HEAD"),
        Case(method: .options, target: "/metrics", status: 405, allow: "GET, HEAD"),
        Case(method: .other("get"), target: "/metrics", status: 405, allow: "GET, HEAD"),
        Case(method: .get, target: "/-/reload", status: 405, allow: "POST"),
        Case(method: .head, target: "/-/reload", status: 405, allow: "POST"),
        Case(method: .delete, target: "/both", status: 405, allow: "GET, HEAD, POST"),
    ])
    func `paths and methods decide`(_ test: Case) throws {
        let response = router.respond(to: try HTTPRequest(method: test.method, target: test.target))
        #expect(response.status == test.status)
        #expect(response.headers["allow"] == test.allow)
        if let body = test.body { #expect(String(decoding: response.body.bytes, as: UTF8.self) == body) }
        if test.status != 200 { #expect(response.headers["content-type"] == "text/plain; charset=utf-8") }
    }
}
