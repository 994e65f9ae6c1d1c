import ClusterAccess
import LagModel

/// Families about groups whose turn to be asked came, or did not, in catalogue order.
extension KafkaRenderer {
    mutating func renderOffsetsAge() {
        eachGroup(Catalogue.groupOffsetsAge) { snapshot, groups, row, writer in
            guard let age = snapshot.offsetsAge(of: groups[row]) else { return }
            writer.sample(age.seconds)
        }
    }

    mutating func renderRequestPlan() {
        eachCluster(Catalogue.groupsAsked) { snapshot, writer in
            guard let plan = snapshot.requestPlan else { return }
            for (temperature, count) in [("hot", plan.hot), ("idle", plan.idle)] {
                let mark = writer.push(temperature)
                writer.sample(Int64(count))
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.requestDebt) { snapshot, writer in
            if let plan = snapshot.requestPlan { writer.sample(Int64(plan.debt)) }
        }
    }
}

extension ExporterRenderer {
    mutating func renderRequestBudget() {
        eachCluster(Catalogue.requestBudgetRate) { cluster, writer in
            for (broker, allowance) in cluster.requests.allowances.sorted(by: { $0.key < $1.key }) {
                let mark = writer.push(broker.rawValue)
                writer.sample(allowance.requestsPerSecond)
                writer.pop(to: mark)
            }
        }
        eachCluster(Catalogue.requestBudgetInFlight) { cluster, writer in
            for (broker, allowance) in cluster.requests.allowances.sorted(by: { $0.key < $1.key }) {
                let mark = writer.push(broker.rawValue)
                writer.sample(Int64(allowance.inFlight))
                writer.pop(to: mark)
            }
        }
    }
}
