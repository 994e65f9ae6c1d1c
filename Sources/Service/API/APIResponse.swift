import Foundation
import HTTPService
import Monitor

/// JSON answers of the API: snake_case keys in sorted order, unknown values left out.
enum APIResponse {
    /// What every refused request gets: one sentence.
    private struct Failure: Encodable {
        var error: String
    }

    static func json(_ value: some Encodable, status: Int = 200) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        guard let data = try? encoder.encode(value) else {
            return failure("the answer could not be written as JSON", status: 500)
        }
        return HTTPResponse(
            status: status, contentType: "application/json; charset=utf-8", body: HTTPBody(Array(data) + [10])
        )
    }

    static func failure(_ sentence: String, status: Int) -> HTTPResponse {
        json(Failure(error: sentence), status: status)
    }
}

/// A query parameter that cannot be used, with what to send instead.
struct ParameterProblem: Error {
    var sentence: String
    /// 404 where the parameter names something that is not there.
    var status = 400

    /// The answer that says so.
    var response: HTTPResponse { APIResponse.failure(sentence, status: status) }
}

extension [PublishedCluster] {
    /// The one that the parameter `cluster` names; all without it.
    func chosen(by request: HTTPRequest) throws(ParameterProblem) -> [PublishedCluster] {
        guard let name = request.queryValue("cluster") else { return self }
        let chosen = filter { $0.view.cluster == name }
        guard !chosen.isEmpty else {
            throw ParameterProblem(sentence: "there is no cluster \(name)", status: 404)
        }
        return chosen
    }
}

/// Which part of a long list is asked for.
struct Page {
    var offset: Int
    var limit: Int

    /// Largest page; a client that wants more asks again.
    static let limitMax = 10_000

    /// Reads `offset` and `limit`.
    init(_ request: HTTPRequest, defaultLimit: Int) throws(ParameterProblem) {
        offset = try Self.number("offset", in: request, default: 0, range: 0...Int(Int32.max))
        limit = try Self.number("limit", in: request, default: defaultLimit, range: 1...Self.limitMax)
    }

    private static func number(
        _ name: String, in request: HTTPRequest, default value: Int, range: ClosedRange<Int>
    ) throws(ParameterProblem) -> Int {
        guard let text = request.queryValue(name) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw ParameterProblem(
                sentence: "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), "
                    + "for example \(name)=\(value)")
        }
        return number
    }

    func slice<Element>(of all: [Element]) -> ArraySlice<Element> { all.dropFirst(offset).prefix(limit) }
}
