import Logging
import Synchronization
import TrailAlarms
import TrailCounts
import TrailModel
import TrailStore
import TrailTemplates

extension Engine {
    /// Reads the alarm files again; with one error the set stays as it is.
    ///
    /// - Throws: What keeps the store from writing; the set stays then, and the files count as changed still.
    func reload() throws -> Reload {
        let now = time.now()
        let result: Reload
        do {
            result = try load(now: now, mark: now.adding(seconds: -3600))
        } catch {
            shared.withLock { snapshot in
                snapshot.reload = (false, now)
                snapshot.alarmFilesFingerprint = nil
            }
            logger.error("Kept the former alarm files: the store cannot be written", metadata: ["error": "\(error)"])
            throw error
        }
        switch result {
        case .loaded(let changes, _):
            for source in sources { source.replaceIngest(ingest(for: source.stored.name)) }
            do {
                try beginRecount()
            } catch {
                logger.error("Could not look for files to count back", metadata: ["error": "\(error)"])
            }
            logger.notice(
                "Loaded the alarm files",
                metadata: [
                    "alarms.added": "\(changes.added)", "alarms.changed": "\(changes.changed)",
                    "alarms.removed": "\(changes.removed)",
                ])
        case .refused(let faults):
            for fault in faults {
                logger.error("Kept the former alarm files because of an error", metadata: ["fault": "\(fault)"])
            }
        }
        publish()
        return result
    }

    func load(now: Timestamp, mark: Timestamp) throws -> Reload {
        do throws(InputError) {
            let names = try settings.accountsFile.map { (file) throws(InputError) in try AccountNames(file: file) }
            shared.withLock { $0.accountNames = names ?? AccountNames() }
            announcer.accountNames = names ?? AccountNames()
            evaluator.announcer = announcer
        } catch {
            shared.withLock { $0.reload = (false, now) }
            return .refused(faults: ["\(error)"])
        }
        // Before the files are read: what changes from here on is a change.
        let fingerprint = AlarmFiles.fingerprint(settings.alarmPaths)
        shared.withLock { $0.alarmFilesFingerprint = fingerprint }
        let files: [(path: String, text: String)]
        do throws(InputError) {
            files = try AlarmFiles.texts(settings.alarmPaths)
        } catch {
            shared.withLock { $0.reload = (false, now) }
            return .refused(faults: ["\(error)"])
        }
        var templates = settings.templates
        templates.requiresParameterValues = true
        let (set, diagnostics) = TemplateLoader(settings: templates).load(AlarmFiles.documents(files))
        let faults = diagnostics.filter { $0.severity == .error }
        guard faults.isEmpty else {
            shared.withLock { $0.reload = (false, now) }
            // A warning often says what the error means, such as a misspelt name.
            return .refused(faults: diagnostics.filter { $0.severity != .note }.map(\.description))
        }
        let warnings = diagnostics.filter { $0.severity == .warning }
        for warning in warnings {
            logger.warning("An alarm file has a warning", metadata: ["warning": "\(warning)"])
        }
        for subscription in set.subscriptions where !subscription.isDeliverable {
            logger.warning(
                "Nothing is sent to a subscription of this protocol",
                metadata: [
                    "protocol": "\(subscription.protocolName)", "topic.arn": "\(subscription.topicARN)",
                ])
        }
        let changes = try take(set, files: files, mark: mark, now: now)
        onMessages()
        shared.withLock { $0.reload = (true, now) }
        return .loaded(changes, warnings: warnings)
    }
}
