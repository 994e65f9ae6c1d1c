/// A certificate authority of one cluster's own, with a certificate for its brokers and one for clients, as
/// PEM.
///
/// Made with `openssl` when the cluster starts and gone with its folder.
package struct TestCertificates: Hashable, Sendable {
    /// The authority's certificate: `ssl.ca.location` of librdkafka, a PEM trust store for Java.
    package let authority: String
    /// The client's private key.
    package let clientKey: String
    /// The client's certificate; its subject is CN=client.
    package let clientCertificate: String
    /// The client's key and certificate in one file: a PEM key store for Java.
    package let clientStore: String
    /// The brokers' key and certificate in one file.
    let brokerStore: String

    /// Makes everything in `directory`; the brokers' certificate is for localhost, 127.0.0.1 and ::1.
    package static func make(in directory: String) async throws(LaunchError) -> TestCertificates {
        try TextFile.makeDirectory(directory)
        let authority = "\(directory)/ca.pem"
        try await openssl(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=Lagwarden test CA",
                "-keyout", "\(directory)/ca.key", "-out", authority,
            ], in: directory)
        for name in ["broker", "client"] {
            let subject = name == "broker" ? "/CN=localhost" : "/CN=client"
            try await openssl(
                [
                    "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject,
                    "-keyout", "\(directory)/\(name).key", "-out", "\(directory)/\(name).csr",
                ], in: directory)
            try TextFile.write(
                "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1\n", to: "\(directory)/names.cnf"
            )
            try await openssl(
                [
                    "x509", "-req", "-in", "\(directory)/\(name).csr", "-CA", authority,
                    "-CAkey", "\(directory)/ca.key", "-CAcreateserial", "-days", "2",
                    "-extfile", "\(directory)/names.cnf", "-out", "\(directory)/\(name).crt",
                ], in: directory)
            let parts = TextFile.read("\(directory)/\(name).key") + TextFile.read("\(directory)/\(name).crt")
            try TextFile.write(parts, to: "\(directory)/\(name).pem")
        }
        return TestCertificates(
            authority: authority, clientKey: "\(directory)/client.key",
            clientCertificate: "\(directory)/client.crt", clientStore: "\(directory)/client.pem",
            brokerStore: "\(directory)/broker.pem")
    }

    private static func openssl(_ arguments: [String], in directory: String) async throws(LaunchError) {
        let log = "\(directory)/openssl.log"
        let child = try ChildProcess.start("openssl", arguments, error: .file(log, appending: true))
        guard await child.waitForExit(within: .seconds(30)) == .code(0) else {
            child.send(9)
            throw LaunchError("openssl \(arguments[0]) failed: \(TextFile.tail(log))")
        }
    }
}
