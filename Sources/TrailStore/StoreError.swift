import Foundation
package import TrailModel

/// Why a store cannot be used.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    case newerFormat(found: Int, known: Int)
    case olderFormat(found: Int, wanted: Int)
    case notThere(directory: String)
    case locked(directory: String, pid: String)
    case cannotLock(path: String, reason: String)
    case corrupt(what: String, reason: String)
    case tooManySeries(max: Int)
    case deletedSlots(before: Timestamp)
    case cannotAdd(series: UInt32, slot: Timestamp, count: Int64)
    case cannotMake(directory: String, reason: String)
    case cannotWrite(path: String, reason: String)
    case noFile(path: String)
    case notAStore(path: String, reason: String)
    case fileExists(path: String)
    case copyOfItself(path: String)
    case storeExists(directory: String)
    case cannotCopy(path: String, reason: String)
    case damaged(path: String, count: Int)

    /// True for what another file may not meet: the file is refused, and the rest goes on.
    package var isAboutOneFile: Bool {
        switch self {
        case .tooManySeries, .corrupt: true
        default: false
        }
    }

    package var description: String {
        switch self {
        case .newerFormat(let found, let known):
            "cannot open the store: it has format \(found); this version knows up to \(known): use a newer trailwatch"
        case .olderFormat(let found, let wanted):
            "cannot explain decisions of a store of format \(found): want format \(wanted), which `trailwatch serve` and "
                + "`ingest` make of it"
        case .notThere(let directory):
            "cannot read a store in \(directory): there is none; run `trailwatch ingest` or name another with --data"
        case .locked(let directory, let pid):
            "cannot write the store in \(directory): the process \(pid) is writing it; stop that one first"
        case .cannotLock(let path, let reason):
            "cannot lock \(path): \(reason); want a data directory that can be written"
        case .corrupt(let what, let reason):
            "cannot read \(what): \(reason); restore a backup"
        case .deletedSlots(let time):
            "cannot tell what slots before \(time.rfc3339) held earlier: they were deleted, as --retention says"
        case .tooManySeries(let max):
            "cannot count the file: it needs more than the limit of \(max) series"
        case .cannotAdd(let series, let slot, let count):
            "cannot add \(count) samples at \(slot.rfc3339) to series \(series): want 1 or more, at the start of five "
                + "minutes, to a series that there is"
        case .cannotMake(let directory, let reason):
            "cannot make the data directory \(directory): \(reason); name another with --data"
        case .cannotWrite(let path, let reason):
            "cannot write \(path): \(reason); what was committed before stays; the rest counts when it is tried again"
        case .noFile(let path):
            "cannot read the backup \(path): there is no such file; want one that `trailwatch backup` wrote"
        case .notAStore(let path, let reason):
            "cannot read \(path): \(reason); want a file that `trailwatch backup` wrote"
        case .fileExists(let path):
            "cannot write \(path): it is there already; name another file, or replace it with --force"
        case .copyOfItself(let path):
            "cannot write \(path): it is the store that would be copied; name another file"
        case .storeExists(let directory):
            "cannot restore into \(directory): it holds a store; name another with --data, or replace it with --force"
        case .cannotCopy(let path, let reason):
            "cannot write the copy \(path): \(reason); nothing was changed; want a disk with room for the whole store"
        case .damaged(let path, let count):
            "cannot restore \(path): it has \(count) damages; nothing was changed; restore an earlier backup"
        }
    }
}

/// What the system said, without the wrapping that Foundation puts around it.
package func plainReason(of error: any Error) -> String {
    var current = error as NSError
    while let cause = current.userInfo[NSUnderlyingErrorKey] as? NSError { current = cause }
    return current.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(current.code))) : "\(error)"
}
