/// Families about what is told to those without Prometheus; all absent where no notifications are configured.
extension Catalogue {
    static let notifications: [MetricFamily] = [
        notificationAttempts, notificationsDropped, notificationQueueLength, incidentsOpen,
    ]

    package static let notificationAttempts = MetricFamily(
        "lagwarden_notifications_total", .counter, .count, ["sink", "outcome"],
        help: """
            Attempts to send a notification, by how they ended: delivered; failed, and made again; refused \
            for good. What Alertmanager is told again to keep an alert counts too.
            """)

    package static let notificationsDropped = MetricFamily(
        "lagwarden_notifications_dropped_total", .counter, .count, ["sink", "reason"],
        help: """
            Notifications that were given up: queue_full; superseded by a newer one of the same incident; \
            gave_up, after failing for retry_for; refused by the receiver.
            """)

    package static let notificationQueueLength = MetricFamily(
        "lagwarden_notification_queue_length", .gauge, .count, ["sink"],
        help: "Notifications that wait for a sink, the one being sent among them.")

    package static let incidentsOpen = MetricFamily(
        "lagwarden_incidents_open", .gauge, .count, ["cluster"],
        help: "Incidents that are open now, over all rules. Absent where no notifications are configured.")
}
