import Testing

@testable import HTTPService

@Suite("Requests and addresses as values")
struct RequestTests {
    @Test(
        arguments: [
            ("/", [""], [:]),
            ("/metrics", ["metrics"], [:]),
            ("/a/b/", ["a", "b", ""], [:]),
            ("//", ["", ""], [:]),
            ("/a%2Fb/c", ["a/b", "c"], [:]),
            ("/%e2%82%ac", ["€"], [:]),
            ("/a+b", ["a+b"], [:]),
            ("/..%2f..", ["../.."], [:]),
            ("/x?", ["x"], [:]),
            ("/x?a", ["x"], ["a": ""]),
            ("/x?a=1&b=2=3&&", ["x"], ["a": "1", "b": "2=3"]),
            ("/x?a=1%262+3", ["x"], ["a": "1&2 3"]),
            ("/x?q=/y?z", ["x"], ["q": "/y?z"]),
            ("http://host:1/x?a=1", ["x"], ["a": "1"]),
            ("HTTPS://host", [""], [:]),
        ] as [(String, [String], [String: String])])
    func `targets are taken apart`(_ target: String, _ segments: [String], _ query: [String: String]) throws {
        let request = try HTTPRequest(target: target)
        #expect(request.segments == segments)
        #expect(Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first } == query)
    }

    @Test(arguments: [
        ("", RequestTargetError.notAPath), ("*", .notAPath), ("metrics", .notAPath), ("ftp://h/x", .notAPath),
        ("/%", .malformedEscape), ("/%4", .malformedEscape), ("/%4g", .malformedEscape),
        ("/x?a=%", .malformedEscape), ("/%ff", .notUTF8), ("/%c0%af", .notUTF8), ("/x?%ed%a0%80", .notUTF8),
        ("/a%00b", .containsNUL),
    ])
    func `bad targets are refused`(_ target: String, _ error: RequestTargetError) {
        #expect(throws: error) { try HTTPRequest(target: target) }
        #expect(error.description.hasSuffix("."))
    }

    @Test func `header names compare without regard to case and repeat`() {
        var headers: HTTPHeaders = ["Accept": "text/plain", "X-A": "1"]
        headers.append("accept", "*/*")
        #expect(headers["ACCEPT"] == "text/plain, */*")
        #expect(headers["Accept-Encoding"] == nil)
        headers["x-a"] = "2"
        #expect(headers.fields.filter { $0.value == "2" }.count == 1)
        #expect(headers["X-A"] == "2")
    }

    @Test func `bodies drop empty runs and count`() {
        let body = HTTPBody([[], [1, 2], [], [3]])
        #expect(body.count == 3)
        #expect(body.bytes == [1, 2, 3])
        #expect(HTTPBody().bytes == [])
    }

    @Test(
        arguments: [
            (nil, 9876, ":9876"), ("127.0.0.1", 1, "127.0.0.1:1"), ("::1", 65535, "[::1]:65535"),
            ("fe80::1%eth0", 9, "[fe80::1%eth0]:9"),
        ] as [(String?, UInt16, String)])
    func `addresses are written with brackets where they need them`(
        _ host: String?, _ port: UInt16, _ text: String
    ) {
        #expect(ListenAddress(host: host, port: port).description == text)
    }
}
