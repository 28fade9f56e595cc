package import TrailEvents
import TrailModel

/// Why a location cannot be followed.
package enum S3LayoutError: Error, Equatable {
    case belowRegion(String)
    case unknownFolder(String, in: String)

    package var message: String {
        switch self {
        case .belowRegion(let url):
            "cannot follow \(url): got a folder below a region; want one from the bucket's root to AWSLogs/…/REGION/"
        case .unknownFolder(let name, let url):
            "cannot follow \(url): got \(name); want AWSLogs/[o-…/]ACCOUNT/KIND/REGION/ or what leads there"
        }
    }
}

/// One account's files of one kind and region: the folder in which the days lie.
package struct S3Lane: Hashable, Sendable {
    /// Whole key prefix, ending with the region's slash.
    package let prefix: String
    package let organization: String?
    package let account: String
    package let kind: LogFileName.Kind
    package let region: String
}

/// A folder above the lanes, as the layout `AWSLogs/[o-…/]ACCOUNT/KIND/REGION/` has them.
struct S3Folder: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        case root
        case organization(String)
        case account(String, organization: String?)
        case kind(LogFileName.Kind, account: String, organization: String?)
    }

    enum Child {
        case folder(S3Folder)
        case lane(S3Lane)
    }

    let prefix: String
    let place: Place

    /// What lies in this folder under `name`; `nil` for what is not of CloudTrail, as `Config` or `vpcflowlogs`.
    func child(_ name: String) -> Child? {
        let path = "\(prefix)\(name)/"
        switch place {
        case .root:
            if isOrganizationName(name) { return .folder(S3Folder(prefix: path, place: .organization(name))) }
            return account(name, path, organization: nil)
        case .organization(let organization): return account(name, path, organization: organization)
        case .account(let account, let organization):
            return LogFileName.Kind(rawValue: name).map {
                .folder(S3Folder(prefix: path, place: .kind($0, account: account, organization: organization)))
            }
        case .kind(let kind, let account, let organization):
            guard isRegionFolder(name) else { return nil }
            return .lane(
                S3Lane(prefix: path, organization: organization, account: account, kind: kind, region: name))
        }
    }

    private func account(_ name: String, _ path: String, organization: String?) -> Child? {
        guard name.utf8.count == 12, name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return .folder(S3Folder(prefix: path, place: .account(name, organization: organization)))
    }

    /// The folder or lane that a location stands for: `AWSLogs/` below it unless it is in one already.
    static func start(at location: S3Location) throws(S3LayoutError) -> Child {
        let parts = location.prefix.split(separator: "/").map(String.init)
        guard let root = parts.lastIndex(of: "AWSLogs") else {
            return .folder(S3Folder(prefix: location.prefix + "AWSLogs/", place: .root))
        }
        let prefix = parts[...root].map { "\($0)/" }.joined()
        var place = Child.folder(S3Folder(prefix: prefix, place: .root))
        for name in parts[(root + 1)...] {
            guard case .folder(let folder) = place else { throw .belowRegion(location.url) }
            guard let child = folder.child(name) else { throw .unknownFolder(name, in: location.url) }
            place = child
        }
        return place
    }
}

private func isOrganizationName(_ name: String) -> Bool {
    name.hasPrefix("o-") && (12...34).contains(name.utf8.count)
        && name.utf8.dropFirst(2).allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
}

private func isRegionFolder(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { isUnreserved($0) && !".~_".utf8.contains($0) }
}

/// A day of UTC, by its number since 1970-01-01.
struct S3Day: Hashable, Comparable, Sendable, Codable {
    let number: Int64

    init(number: Int64) {
        self.number = number
    }

    init(of time: Timestamp) {
        number = floorDivide(time.seconds, 86_400)
    }

    init(year: Int, month: Int, day: Int = 1) {
        number = daysSinceEpoch(year: year, month: month, day: day)
    }

    init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(Int64.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    static func < (left: S3Day, right: S3Day) -> Bool { left.number < right.number }

    var previous: S3Day { S3Day(number: number - 1) }
    var civil: CivilTime { CivilTime(Timestamp(seconds: number * 86_400)) }
    /// `2023/07/10`, as the folders are named.
    var path: String { civil.dateText.split(separator: "-").joined(separator: "/") }
    var firstOfMonth: S3Day { S3Day(year: civil.year, month: civil.month) }
}

/// Days not listed to their end yet, both ends included.
struct S3DayRange: Hashable, Sendable, Codable {
    var first: S3Day
    var last: S3Day
    /// Days that were listed before, looked at once more for what came after.
    var isRecheck = false
}

/// The order of keys in a listing, which is that of their bytes.
func keyPrecedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
