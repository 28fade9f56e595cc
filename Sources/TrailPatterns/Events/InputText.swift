import TrailEvents
import TrailModel

/// The text that a target gets, while it is made: never more than ``RuleInput/bytesMax`` bytes.
struct InputText {
    /// How a value is written.
    enum Form {
        /// As JSON.
        case json
        /// Within a string: what would be quoted stands without quotes, `{id:a,states:[ON,OFF]}`. The escapes of the
        /// event stay, so that the text around it stays JSON.
        case inString
    }

    private var bytes: [UInt8] = []
    private var isTooLong = false

    /// The text; `nil` when it grew too long.
    var text: String? { isTooLong ? nil : String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ more: some Collection<UInt8>) {
        guard !isTooLong, bytes.count + more.count <= RuleInput.bytesMax else {
            isTooLong = true
            return
        }
        bytes += more
    }

    mutating func append(_ text: String, _ form: Form) {
        let quoted = JSONValue.string(text).text.utf8
        switch form {
        case .json: append(quoted)
        case .inString: append(quoted.dropFirst().dropLast())
        }
    }

    /// Appends the value at `index` without the spaces between its parts.
    mutating func append(_ index: Int, of tape: JSONTape, _ form: Form) {
        guard !isTooLong else { return }
        let node = tape.nodes[index]
        switch node.kind {
        case .object:
            appendObject(tape.children(of: index).map { ($0, tape.bytes[tape.nodes[$0].name]) }, of: tape, form)
        case .array: append(Array(tape.children(of: index)), of: tape, form)
        case .string: append(raw: tape.bytes[node.content], form)
        default: append(tape.bytes[node.content])
        }
    }

    /// Appends the values as an array.
    mutating func append(_ elements: [Int], of tape: JSONTape, _ form: Form) {
        append("[".utf8)
        for (number, element) in elements.enumerated() {
            guard !isTooLong else { return }
            if number > 0 { append(",".utf8) }
            append(element, of: tape, form)
        }
        append("]".utf8)
    }

    /// The event without its `detail`, as `aws.events.event` has it: `detailType` in place of `detail-type`, and as
    /// `time` when the event came in.
    mutating func appendEnvelope(of tape: JSONTape, time: String, _ form: Form) {
        var members: [(Int, ArraySlice<UInt8>)] = []
        var timeMember: Int?
        for child in tape.children(of: 0) {
            let name = tape.bytes[tape.nodes[child].name]
            if name.elementsEqual("detail".utf8) { continue }
            if name.elementsEqual("time".utf8) { timeMember = child }
            members.append((child, name.elementsEqual("detail-type".utf8) ? Array("detailType".utf8)[...] : name))
        }
        appendObject(members, of: tape, form, replacing: timeMember, by: time)
    }

    private mutating func appendObject(
        _ members: [(Int, ArraySlice<UInt8>)], of tape: JSONTape, _ form: Form, replacing replaced: Int? = nil,
        by replacement: String = ""
    ) {
        append("{".utf8)
        for (number, (child, name)) in members.enumerated() {
            guard !isTooLong else { return }
            if number > 0 { append(",".utf8) }
            append(raw: name, form)
            append(":".utf8)
            if child == replaced { append(replacement, form) } else { append(child, of: tape, form) }
        }
        append("}".utf8)
    }

    /// Appends the content of a string as the event has it.
    private mutating func append(raw content: ArraySlice<UInt8>, _ form: Form) {
        if form == .json { append("\"".utf8) }
        append(content)
        if form == .json { append("\"".utf8) }
    }
}

extension JSONTape {
    /// Reads `text`, which must hold one value and nothing after it.
    static func whole(_ text: String) throws(Fault) -> JSONTape {
        let tape = try JSONTape(Array(text.utf8), nestingMax: RuleInput.nestingMax)
        let root = tape.nodes[0]
        let end = root.content.upperBound + (root.kind == .string ? 1 : 0)
        let rest = tape.bytes[end...].firstIndex { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        guard let rest else { return tape }
        throw Fault(offset: rest, got: "more after the value", want: "one value")
    }
}
