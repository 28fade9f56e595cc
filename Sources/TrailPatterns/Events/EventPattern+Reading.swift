extension EventPattern {
    /// Which events a pattern leaves that asks for `readOnly` true whatever else holds.
    package enum ReadingOnly: Sendable {
        case managementEvents
        /// Data events among them.
        case events
    }

    /// What the pattern leaves when all its combinations ask for events that only read; `nil` when it takes others.
    package var readingOnly: ReadingOnly? {
        func asks(_ combination: [Int], for path: String, _ wanted: EventTest) -> Bool {
            combination.contains { index in
                fields[index].path.elementsEqual(path.utf8) && fields[index].tests.allSatisfy { $0 == wanted }
            }
        }
        guard combinations.allSatisfy({ asks($0, for: "detail.readOnly", .isTrue) }) else { return nil }
        let areManagement = combinations.allSatisfy { combination in
            asks(combination, for: "detail.managementEvent", .isTrue)
                || asks(combination, for: "detail.eventCategory", .text(Array("Management".utf8)))
        }
        return areManagement ? .managementEvents : .events
    }
}
