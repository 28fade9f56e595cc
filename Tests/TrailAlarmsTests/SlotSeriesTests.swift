import Testing
import TrailAlarms
import TrailModel

@Suite struct SlotSeriesTests {
    @Test func `a range adds up its slots, its end excluded`() {
        let data = slots("12-4")
        #expect(data.values(from: minute(0), to: minute(3), closedThrough: minute(9))?.sum == 3)
        #expect(data.values(from: minute(1), to: minute(4), closedThrough: minute(9))?.sampleCount == 2)
        #expect(data.values(from: minute(2), to: minute(3), closedThrough: minute(9)) == nil)
    }

    @Test func `a default counts in closed slots with traffic and no match`() {
        let data = slots("-2--", defaultValue: 7, traffic: "tt-t")
        let sums = (0..<4).map {
            data.values(from: minute($0), to: minute($0 + 1), closedThrough: minute(3))?.sum
        }
        #expect(sums == [7, 2, nil, nil])
        #expect(data.values(from: minute(0), to: minute(4), closedThrough: minute(4))?.sum == 16)
    }

    @Test func `a default of zero makes a datapoint`() {
        let data = slots("----", defaultValue: 0, traffic: "t")
        #expect(data.values(from: minute(0), to: minute(1), closedThrough: minute(1)) == StatisticSet(value: 0))
    }

    @Test func `slots may come in any order and in parts, those outside the range are left out`() {
        let one = StatisticSet(value: 1)
        let data = SlotSeries(
            resolution: .minute, range: minute(0)..<minute(5),
            slots: [3, 1, 3, 7, -1].map { SlotSeries.Slot(start: minute($0), values: one) })
        #expect(data.values(from: minute(3), to: minute(4), closedThrough: minute(5))?.sum == 2)
        #expect(data.values(from: minute(-9), to: minute(99), closedThrough: minute(99))?.sum == 3)
        #expect(data.nextSlot(from: minute(0)) == minute(1))
        #expect(data.nextSlot(from: minute(2)) == minute(3))
        #expect(data.nextSlot(from: minute(4)) == nil)
    }
}
