import Foundation
import Testing
import TrailStore

/// The disk fails at the first call, then at the second, and so on until a life goes by without a fault.
///
/// Each step throws or has its whole effect: no fault is swallowed.
///
/// Every fourth call is enough for a run among others; `TRAILWATCH_ROUNDS` asks for all of them.
@Suite struct FaultLoopTests {
    private static let step = ProcessInfo.processInfo.environment["TRAILWATCH_ROUNDS"] == nil ? 4 : 1

    /// What a store says after each step of a life without faults.
    private static func reference() throws -> [[String]?] {
        let life = try StoreLife()
        return try (0..<StoreLife.stepCount).map { step in
            try life.run(step)
            return try life.export()
        }
    }

    @Test(
        arguments: [
            (FaultyDisk.Call.changing, FaultyDisk.Kind.error), (FaultyDisk.Call.changing, .full),
            (FaultyDisk.Call.reading, .error),
        ])
    func `a store in use goes on by itself when a call to the disk failed once`(
        calls: Set<FaultyDisk.Call>, kind: FaultyDisk.Kind
    ) throws {
        let want = try Self.reference()
        for number in stride(from: 1, to: .max, by: Self.step) {
            let life = try StoreLife()
            life.disk.fail(number, of: calls, kind)
            for step in 0..<StoreLife.stepCount {
                let what = "call \(number) failed in the step \(StoreLife.name(of: step))"
                let hadFailed = life.disk.hasFailed
                do {
                    try life.run(step)
                } catch {
                    guard life.disk.hasFailed, !hadFailed else { throw error }
                    // Closed is closed, whether the log could be moved or not.
                    if StoreLife.name(of: step) == "close" { continue }
                    let before = step > 0 ? want[step - 1] : nil
                    #expect(Self.difference(try life.export(), before) == [], "\(what): \(error)")
                    try life.run(step)
                }
                if life.disk.hasFailed, !hadFailed {
                    #expect(Self.difference(try life.export(), want[step]) == [], "\(what)")
                }
            }
            guard life.disk.hasFailed else {
                print("\(calls.count) kinds of calls, \(kind): \(number - 1) faults")
                return #expect(number > 30)
            }
            #expect(Self.difference(try life.export(), want.last ?? nil) == [], "call \(number)")
            #expect(try StoreReader(directory: life.directory.path).check().damages == [], "call \(number)")
            #expect(try life.damagesOfCopy() == [], "call \(number)")
        }
    }

    @Test(arguments: [FaultyDisk.Kind.death, .powerLoss])
    func `a store that ends at any call to the disk holds what it said it holds`(kind: FaultyDisk.Kind) throws {
        let want = try Self.reference()
        var random = SeededGenerator(state: 20_261_123)
        for number in stride(from: 1, to: .max, by: Self.step) {
            let life = try StoreLife()
            life.disk.fail(number, of: FaultyDisk.Call.changing, kind)
            // The first step that is not known to be done.
            let step = try Self.run(life)
            guard life.disk.hasFailed else {
                print("\(kind): \(number - 1) ends")
                return #expect(number > 100)
            }
            let what = "call \(number), \(step < StoreLife.stepCount ? StoreLife.name(of: step) : "end"), seed 20261123"
            life.drop()
            try life.disk.heal(using: &random)
            try life.open()
            #expect(try StoreReader(directory: life.directory.path).check().damages == [], "\(what)")
            let got = try life.export()
            // Nobody knows of the step that was under way; what was done before is there.
            let isDone = step < StoreLife.stepCount && got == want[step]
            if !isDone, step > 0 {
                #expect(Self.difference(got, want[step - 1] ?? want[step]) == [], "\(what)")
            }
            for rest in (0..<StoreLife.stepCount).dropFirst(isDone ? step + 1 : step)
            where !["open", "close", "open again"].contains(StoreLife.name(of: rest)) {
                try life.run(rest)
            }
            let counts = Array((want.last.flatMap(\.self) ?? []).prefix(StoreLife.metricCount))
            #expect(Self.difference(try life.counts(), counts) == [], "\(what)")
            try life.commitAll()
            #expect(Self.difference(try life.counts(), counts) == [], "\(what)")
        }
    }

    /// Runs the steps until the disk ends.
    private static func run(_ life: StoreLife) throws -> Int {
        for step in 0..<StoreLife.stepCount {
            do {
                try life.run(step)
            } catch {
                guard life.disk.hasFailed else { throw error }
                return step
            }
            if life.disk.hasFailed { return step + 1 }
        }
        return StoreLife.stepCount
    }

    @Test(arguments: FaultyDisk.Kind.allCases)
    func `a store that cannot be made is made another time`(kind: FaultyDisk.Kind) throws {
        var random = SeededGenerator(state: 20_261_123)
        let want = try Self.reference()[0]
        for number in stride(from: 1, to: .max, by: Self.step) {
            let life = try StoreLife(isNew: true)
            life.disk.fail(number, of: FaultyDisk.Call.changing, kind)
            let isMade: Bool
            do {
                try life.open()
                isMade = true
            } catch {
                guard life.disk.hasFailed else { throw error }
                isMade = false
            }
            guard life.disk.hasFailed else {
                print("\(kind), new: \(number - 1) faults")
                return #expect(number > 20)
            }
            if kind.isLast {
                life.drop()
                try life.disk.heal(using: &random)
            }
            if kind.isLast || !isMade { try life.open() }
            #expect(Self.difference(try life.export(), want) == [], "call \(number)")
            #expect(try StoreReader(directory: life.directory.path).check().damages == [], "call \(number)")
        }
    }

    @Test(arguments: FaultyDisk.Kind.allCases)
    func `a store that is to be replaced is there until the other one is`(kind: FaultyDisk.Kind) throws {
        var random = SeededGenerator(state: 20_261_123)
        // Killed, so that its commits are in its log alone.
        let old = try StoreLife()
        try old.open()
        try old.commit(["a", "late"], filters: 1)
        let killed = TemporaryDirectory()
        try FileManager.default.copyItem(atPath: old.directory.path, toPath: killed.path)
        let new = try StoreLife()
        try new.open()
        try new.commit(["b"], filters: 1)
        let wanted = [try old.counts(), try new.counts()]
        for number in stride(from: 1, to: .max, by: Self.step) {
            let life = try StoreLife(copyOf: killed.path)
            life.disk.fail(number, of: FaultyDisk.Call.changing.union(FaultyDisk.Call.reading), kind)
            var isReplaced = true
            do {
                let copy = try StoreReader(directory: new.directory.path)
                _ = try Store.restore(copy, in: life.directory.path, replacesStore: true)
            } catch {
                guard life.disk.hasFailed else { throw error }
                isReplaced = false
            }
            guard life.disk.hasFailed else {
                print("\(kind), replaced: \(number - 1) faults")
                return #expect(isReplaced && number > 30)
            }
            try life.disk.heal(using: &random)
            try life.open()
            #expect(Self.difference(try life.counts(), wanted[isReplaced ? 1 : 0]) == [], "call \(number)")
        }
    }

    /// What is not the same, in a few lines.
    private static func difference(_ got: [String]?, _ want: [String]?) -> [String] {
        guard let got, let want else { return got == want ? [] : ["got \(got as Any); want \(want as Any)"] }
        if got == want { return [] }
        return want.difference(from: got).map { change in
            switch change {
            case .insert(_, let line, _): "missing: \(line)"
            case .remove(_, let line, _): "unexpected: \(line)"
            }
        }
    }
}
