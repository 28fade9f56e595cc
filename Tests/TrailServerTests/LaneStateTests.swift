import Foundation
import Testing
import TrailModel

@testable import TrailServer

@Suite struct LaneStateTests {
    /// 70 active lanes with all sorts of lateness, 30 idle ones and some digests.
    private func sample(seed: Int) -> LaneTable {
        var random = SeededGenerator(seed: UInt64(seed))
        var table = LaneTable()
        for lane in 0..<100 {
            let account = "\(100_000_000_000 + lane)"
            let chance = lane < 70 ? 0.95 : 0.02
            for step in Int64(0)..<288 where Double.random(in: 0..<1, using: &random) < chance {
                table.add(account, at: (step - 287) * 300, late: Int64.random(in: 0...600, using: &random))
            }
            table.add(account, at: 0, late: 10)
            guard lane % 3 == 0 else { continue }
            table.note(
                account: account, region: "us-east-1", stamp: laneStart, oldestEvent: nil, newestEvent: nil,
                arrivedAt: laneStart, isDigest: true)
        }
        _ = table.reached(at: 0)
        return table
    }

    @Test(arguments: 1...3) func `a restored table goes on as the one that was stored`(seed: Int) throws {
        var table = sample(seed: seed)
        let data = try JSONEncoder().encode(table.state)
        let state = try JSONDecoder().decode(LaneTable.State.self, from: data)
        // How many files were seen beyond the 200 that count is not kept.
        #expect(try JSONEncoder().encode(state).count == data.count)
        var restored = LaneTable(state: state, watermark: table.watermark)
        var random = SeededGenerator(seed: UInt64(seed))
        for step in Int64(1)...300 {
            let now = laneStart.adding(seconds: step * 300)
            for lane in 0..<100 where Bool.random(using: &random) {
                let late = Int64.random(in: 0...700, using: &random)
                table.add("\(100_000_000_000 + lane)", at: step * 300, late: late)
                restored.add("\(100_000_000_000 + lane)", at: step * 300, late: late)
            }
            #expect(restored.reached(at: step * 300) == table.reached(at: step * 300))
            #expect(restored.silence(now: now, isBehind: false) == table.silence(now: now, isBehind: false))
            #expect(restored.figures(now: now) == table.figures(now: now))
        }
    }

    @Test func `an active lane takes less than 300 bytes, an idle one less than 200`() throws {
        let lanes = sample(seed: 7).lanes
        func bytes(_ lanes: ArraySlice<Lane>) throws -> Int {
            try JSONEncoder().encode(Array(lanes)).count / lanes.count
        }
        let (active, idle) = (try bytes(lanes[..<70]), try bytes(lanes[70...]))
        #expect(active < 300)
        #expect(idle < 200)
    }

    @Test(
        arguments: [
            #"{"lanes":[{"a":"x","r":"y","n":9223372036854775807,"s":"1","f":1}],"digests":[]}"#,
            #"{"lanes":[{"a":"x","r":"y","n":-9223372036854775808,"s":"1","f":1}],"digests":[]}"#,
            #"{"lanes":[{"a":"x","r":"y","n":0,"w":9223372036854775807,"s":"1","f":1}],"digests":[]}"#,
            #"{"lanes":[{"a":"x","r":"y","n":0,"s":"zz","f":1}],"digests":[]}"#,
            #"{"lanes":[{"a":"x","r":"y","n":0,"s":"1","f":1,"p":[7,8]}],"digests":[]}"#,
            #"{"lanes":[{"a":"x","r":"y","n":0,"s":"1","f":-1}],"digests":[]}"#,
            #"{"lanes":[],"digests":[{"a":"x","r":"y","n":9223372036854775807}]}"#,
            #"{"lanes":[{"a":"x"}],"digests":[]}"#,
        ])
    func `a damaged state is refused`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(LaneTable.State.self, from: Data(text.utf8)) }
    }

    @Test func `lanes beyond the limit make the oldest tenth go, never an active one`() {
        var table = LaneTable(lanesMax: 100)
        table.addDay("busy")
        for lane in 0..<99 { table.add("idle-\(lane)", at: Int64(lane) - 4000) }
        #expect(table.lanes.count == 100)
        #expect(table.forgottenCount == 0)
        table.add("one more", at: 0)
        #expect(table.lanes.count == 91)
        #expect(table.forgottenCount == 10)
        let accounts = table.lanes.map(\.id.account)
        #expect(accounts.first == "busy" && accounts.last == "one more")
        #expect(!accounts.contains("idle-9") && accounts.contains("idle-10"))
        // The places still are right.
        table.add("idle-50", at: 30)
        #expect(table.lanes.first { $0.id.account == "idle-50" }?.newestStamp == laneStart.adding(seconds: 30))
        #expect(table.lanes.count == 91)
    }

    @Test func `digests beyond the limit make the oldest go, and a state too large is cut`() {
        var table = LaneTable(lanesMax: 20)
        for number in Int64(0)..<50 {
            table.note(
                account: "\(number)", region: "r", stamp: laneStart.adding(seconds: number), oldestEvent: nil,
                newestEvent: nil, arrivedAt: laneStart.adding(seconds: number), isDigest: true)
        }
        #expect(table.digests.count <= 20)
        #expect(table.digests[LaneID(account: "49", region: "r")] != nil)
        var wide = LaneTable()
        for number in 0..<50 { wide.add("\(number)", at: Int64(number)) }
        let cut = LaneTable(state: wide.state, lanesMax: 20)
        #expect(cut.lanes.count <= 20)
        #expect(cut.lanes.last?.id.account == "49")
    }
}
