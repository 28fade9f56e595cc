import Testing
import TrailCounts
import TrailEvents

struct EventKeySetTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `it says what a Set says, while it grows and shrinks`(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var keys = EventKeySet()
        var model: Set<EventKey> = []
        for _ in 0..<4000 {
            // Few values, so that many keys are met again and many share a place.
            let key = EventKey(
                high: .random(in: 0..<4, using: &random), low: .random(in: 0..<200, using: &random) << 4,
                account: .random(in: 0..<2, using: &random))
            #expect(keys.contains(key) == model.contains(key))
            if Int.random(in: 0..<40, using: &random) == 0 {
                keys.remove(key)
                model.remove(key)
            } else {
                let isNew = keys.insert(key)
                let isNewThere = model.insert(key).inserted
                #expect(isNew == isNewThere)
            }
        }
        #expect(keys.count == model.count)
        #expect(Set(keys.keys) == model)
        #expect(Set(EventKeySet(Array(model)).keys) == model)
    }
}
