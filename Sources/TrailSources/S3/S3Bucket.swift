import Synchronization
package import TrailModel

/// Reads a bucket of S3, or of a server that speaks its language: lists keys and gets objects, nothing else.
///
/// Every request is signed, tried again where that can help, and one of at most so many at a time. The bucket's
/// region is learned from the first answer that names another.
package final class S3Bucket: Sendable {
    /// Requests to one bucket that are under way at the same time, unless told otherwise.
    package static let concurrencyMax = 16
    /// ListObjectsV2 gives at most so many keys on a page.
    package static let keysPerPageMax = 1000
    /// A page of 1,000 keys of 1,024 bytes, each byte encoded as three, fits.
    package static let pageBytesMax = 8 << 20
    /// The most folders that ``commonPrefixes(prefix:delimiter:)`` returns.
    package static let commonPrefixesMax = 100_000
    private static let listTimeout = Duration.seconds(30)
    private static let getTimeout = Duration.seconds(120)
    private static let regionChangesMax = 2

    package let location: S3Location
    private let endpoint: AWSEndpoint?
    private let credentials: CredentialChain
    private let transport: any AWSTransport
    private let time: any TimeSource
    private let generator: SharedGenerator
    private let limit: ConcurrencyLimit
    private let objectBytesMax: Int
    private let signingRegion: Mutex<String>
    private let counted = Mutex(Counts())

    /// Requests since the start, for metrics.
    package struct Counts: Equatable, Sendable {
        /// Attempts to list, those tried again included: what AWS charges.
        package var listRequests = 0
        package var getRequests = 0
        package var retries = 0
        package var failures = 0
        package var objectBytes = 0

        package init(
            listRequests: Int = 0, getRequests: Int = 0, retries: Int = 0, failures: Int = 0, objectBytes: Int = 0
        ) {
            self.listRequests = listRequests
            self.getRequests = getRequests
            self.retries = retries
            self.failures = failures
            self.objectBytes = objectBytes
        }
    }

    /// A bucket that is asked for nothing yet.
    ///
    /// An `endpoint` other than AWS is asked in path style, `ENDPOINT/BUCKET/KEY`. `region` is where the bucket is thought
    /// to be; another one that S3 names is taken instead. An object of more than `objectBytesMax` is refused before or
    /// while it is read.
    package init(
        location: S3Location, endpoint: AWSEndpoint? = nil, region: String = "us-east-1", credentials: CredentialChain,
        transport: any AWSTransport, time: any TimeSource, generator: SharedGenerator,
        concurrency: Int = S3Bucket.concurrencyMax, objectBytesMax: Int = 256 << 20
    ) {
        self.location = location
        self.endpoint = endpoint
        self.credentials = credentials
        self.transport = transport
        self.time = time
        self.generator = generator
        self.objectBytesMax = objectBytesMax
        limit = ConcurrencyLimit(concurrency)
        signingRegion = Mutex(isRegionName(region) ? region : "us-east-1")
    }

    package var region: String { signingRegion.withLock { $0 } }
    package var counts: Counts { counted.withLock { $0 } }

    /// One page of the keys that begin with `prefix` and come after `startAfter`, in the order of their bytes.
    ///
    /// A `limit` above ``keysPerPageMax`` is taken as that.
    package func list(
        prefix: String, startAfter: String? = nil, limit: Int = S3Bucket.keysPerPageMax
    ) async throws(S3Error) -> S3Page {
        var query = [("prefix", prefix), ("max-keys", String(min(max(1, limit), Self.keysPerPageMax)))]
        if let startAfter { query.append(("start-after", startAfter)) }
        return try await page(query)
    }

    /// What the keys under `prefix` have in common up to the next `delimiter`: the folders in a folder.
    package func commonPrefixes(prefix: String, delimiter: String = "/") async throws(S3Error) -> [String] {
        var prefixes: [String] = []
        var token: String?
        repeat {
            var query = [("prefix", prefix), ("delimiter", delimiter)]
            if let token { query.append(("continuation-token", token)) }
            let page = try await page(query)
            prefixes += page.commonPrefixes
            token = page.isTruncated ? page.continuationToken : nil
            guard prefixes.count <= Self.commonPrefixesMax else {
                throw .malformed(url: "s3://\(location.bucket)/\(prefix)", what: "\(prefixes.count) folders")
            }
        } while token != nil
        return prefixes
    }

    /// The bytes of an object as they are stored.
    package func get(_ key: String) async throws(S3Error) -> [UInt8] {
        let bytes = try await answer(
            key: key, query: [], bytesMax: objectBytesMax, timeout: Self.getTimeout,
            attempt: { self.counted.withLock { $0.getRequests += 1 } }
        ).body
        counted.withLock { $0.objectBytes += bytes.count }
        return bytes
    }

    private func page(_ query: [(String, String)]) async throws(S3Error) -> S3Page {
        let response = try await answer(
            key: "", query: query + [("list-type", "2"), ("encoding-type", "url")], bytesMax: Self.pageBytesMax,
            timeout: Self.listTimeout, attempt: { self.counted.withLock { $0.listRequests += 1 } })
        do {
            return try S3Page(response.body)
        } catch {
            throw .malformed(url: location.url, what: error.words)
        }
    }

    /// Sends a request until it succeeds or nothing more is to be tried.
    private func answer(
        key: String, query: [(String, String)], bytesMax: Int, timeout: Duration, attempt count: () -> Void
    ) async throws(S3Error) -> AWSResponse {
        do { try await limit.enter() } catch { throw .cancelled }
        defer { limit.leave() }
        do {
            return try await tries(key: key, query: query, bytesMax: bytesMax, timeout: timeout, attempt: count)
        } catch {
            counted.withLock { $0.failures += 1 }
            throw error
        }
    }

    private func tries(
        key: String, query: [(String, String)], bytesMax: Int, timeout: Duration, attempt count: () -> Void
    ) async throws(S3Error) -> AWSResponse {
        let url = "s3://\(location.bucket)/\(key)"
        var attempts = 0
        var regionChanges = 0
        var renewals = 0
        while true {
            let proof = try await currentCredentials()
            let region = region
            var request = request(key: key, query: query, region: region, bytesMax: bytesMax, timeout: timeout)
            SignatureV4(region: region, service: "s3").sign(&request, with: proof, at: time.now())
            count()
            attempts += 1
            let retryAfter: Double?
            let error: S3Error
            do {
                let response = try await transport.send(request)
                switch S3Verdict(response, region: region) {
                case .success: return response
                case .region(let name) where regionChanges < Self.regionChangesMax:
                    regionChanges += 1
                    signingRegion.withLock { $0 = name }
                    continue
                case .renewCredentials where renewals == 0:
                    renewals += 1
                    credentials.discard(proof)
                    continue
                case .retry(let seconds): (retryAfter, error) = (seconds, S3Error(refusal: response, url: url))
                default: throw S3Error(refusal: response, url: url)
                }
            } catch let failure as AWSTransportFailure {
                guard failure.isTransient else { throw mapped(failure, url: url) }
                (retryAfter, error) = (nil, .transport(url: url, failure))
            } catch let error as S3Error {
                throw error
            } catch {
                throw .cancelled
            }
            guard
                let delay = RequestBackoff.service.delay(
                    afterAttempts: attempts, retryAfterSeconds: retryAfter, using: generator)
            else { throw error }
            counted.withLock { $0.retries += 1 }
            do { try await time.sleep(for: delay) } catch { throw .cancelled }
        }
    }

    private func currentCredentials() async throws(S3Error) -> AWSCredentials {
        do {
            return try await credentials.credentials()
        } catch .cancelled {
            throw .cancelled
        } catch {
            throw .credentials(error)
        }
    }

    private func request(
        key: String, query: [(String, String)], region: String, bytesMax: Int, timeout: Duration
    ) -> AWSRequest {
        let isPathStyle = endpoint != nil || !location.isHostName
        let service = "s3.\(region).\(domain(ofRegion: region))"
        let host = endpoint ?? AWSEndpoint(host: isPathStyle ? service : "\(location.bucket).\(service)")
        let path = isPathStyle ? "/\(location.bucket)/\(key)" : "/\(key)"
        return AWSRequest(
            method: "GET", endpoint: host, path: path, query: query.map { (name: $0.0, value: $0.1) },
            responseBytesMax: bytesMax, timeout: timeout)
    }

    private func mapped(_ failure: AWSTransportFailure, url: String) -> S3Error {
        switch failure {
        case .cancelled: .cancelled
        case .tooLarge(let max): .tooLarge(url: url, max: max)
        default: .transport(url: url, failure)
        }
    }
}

/// The domain of AWS's services in a region (AWS General Reference, partitions).
func domain(ofRegion region: String) -> String {
    region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
}
