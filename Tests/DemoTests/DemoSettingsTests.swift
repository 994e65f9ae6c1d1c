import Demo
import Testing

/// Where the demo plays, and what Prometheus is told.
@Suite struct DemoSettingsTests {
    typealias Playground = DemoSettings.Playground

    @Test func brokersWinOverKafkaHome() {
        let home = ["KAFKA_HOME": "/opt/kafka"]
        #expect(Playground(brokers: [], environment: [:]) == .embedded)
        #expect(Playground(brokers: [], environment: ["KAFKA_HOME": ""]) == .embedded)
        #expect(Playground(brokers: [], environment: home) == .launched(kafkaHome: "/opt/kafka"))
        #expect(Playground(brokers: ["a:1", "b:2"], environment: home) == .existing(brokers: "a:1,b:2"))
    }

    @Test func prometheusScrapesTheExporter() {
        let text = PrometheusCompanion.configuration(scraping: "127.0.0.1:9876")
        #expect(text.contains("targets: [\"127.0.0.1:9876\"]"))
        #expect(text.contains("scrape_interval: 2s"))
    }
}
