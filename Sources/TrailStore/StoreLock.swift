import Glibc

/// Lets one process write a data directory; the system lets go of the lock when the process ends, however it ends.
struct StoreLock: ~Copyable {
    private let descriptor: CInt

    init(directory: String) throws(StoreError) {
        let path = "\(directory)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotLock(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 32)
            let length = max(0, read(descriptor, &text, text.count))
            close(descriptor)
            let pid = String(decoding: text.prefix(length).prefix { $0 != 10 }, as: UTF8.self)
            throw .locked(directory: directory, pid: pid.isEmpty ? "unknown" : pid)
        }
        ftruncate(descriptor, 0)
        let pid = Array("\(getpid())\n".utf8)
        write(descriptor, pid, pid.count)
    }

    deinit {
        // Closing alone would not do while a program that is just being started has a copy of the descriptor.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
