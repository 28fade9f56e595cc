import Testing
import TrailModel
import TrailSources

private let s3Example = AWSCredentials(
    accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", source: "test")
private let s3ExampleWithToken = AWSCredentials(
    accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    sessionToken: "tok/en+1==", source: "test")
private let suiteExample = AWSCredentials(
    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", source: "test")
private let formType = "application/x-www-form-urlencoded; charset=utf-8"

/// A request, who signs it and when, and what comes out.
struct SignatureCase: Sendable, CustomTestStringConvertible {
    let name: String
    var method = "GET"
    let url: String
    var path = "/"
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body = ""
    let scope: String
    let credentials: AWSCredentials
    let time: String
    let signedHeaders: String
    let signature: String

    var testDescription: String { name }
}

/// The first six are published by AWS: the S3 API reference, the SigV4 test suite, IAM's guide.
///
/// The others were made with botocore 1.43.11, which gives the same for the first six.
private let cases: [SignatureCase] = [
    SignatureCase(
        name: "GET Object with a range", url: "https://examplebucket.s3.amazonaws.com", path: "/test.txt",
        headers: [("Range", "bytes=0-9")], scope: "us-east-1/s3", credentials: s3Example, time: "2013-05-24T00:00:00Z",
        signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
        signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    SignatureCase(
        name: "GET Bucket Lifecycle", url: "https://examplebucket.s3.amazonaws.com", query: [("lifecycle", "")],
        scope: "us-east-1/s3", credentials: s3Example, time: "2013-05-24T00:00:00Z",
        signedHeaders: "host;x-amz-content-sha256;x-amz-date",
        signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    SignatureCase(
        name: "List Objects", url: "https://examplebucket.s3.amazonaws.com",
        query: [("prefix", "J"), ("max-keys", "2")],
        scope: "us-east-1/s3", credentials: s3Example, time: "2013-05-24T00:00:00Z",
        signedHeaders: "host;x-amz-content-sha256;x-amz-date",
        signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    SignatureCase(
        name: "get-vanilla", url: "https://example.amazonaws.com", scope: "us-east-1/service",
        credentials: suiteExample, time: "2015-08-30T12:36:00Z", signedHeaders: "host;x-amz-date",
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SignatureCase(
        name: "get-vanilla-query-order-key-case", url: "https://example.amazonaws.com",
        query: [("Param2", "value2"), ("Param1", "value1")], scope: "us-east-1/service", credentials: suiteExample,
        time: "2015-08-30T12:36:00Z", signedHeaders: "host;x-amz-date",
        signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    SignatureCase(
        name: "IAM ListUsers", url: "https://iam.amazonaws.com",
        query: [("Action", "ListUsers"), ("Version", "2010-05-08")], headers: [("Content-Type", formType)],
        scope: "us-east-1/iam", credentials: suiteExample, time: "2015-08-30T12:36:00Z",
        signedHeaders: "content-type;host;x-amz-date",
        signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
    SignatureCase(
        name: "a key of odd characters, with a token", url: "https://trail.s3.eu-central-1.amazonaws.com",
        path: "/a b/ü+&=?#%/./../~x*'()!", scope: "eu-central-1/s3", credentials: s3ExampleWithToken,
        time: "2026-01-02T03:04:05Z", signedHeaders: "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
        signature: "086e33c526c2c5b1507a389ffe4e7b70202c58e8580a55011ac320bb8befaf9a"),
    SignatureCase(
        name: "ListObjectsV2 in path style", url: "http://127.0.0.1:5000", path: "/trail/",
        query: [
            ("list-type", "2"), ("prefix", "AWSLogs/o-a b/"), ("start-after", "AWSLogs/ü+/x"), ("encoding-type", "url"),
            ("max-keys", "1000"),
        ], scope: "eu-central-1/s3", credentials: s3Example, time: "2026-01-02T03:04:05Z",
        signedHeaders: "host;x-amz-content-sha256;x-amz-date",
        signature: "e0fa44ab51d2a055c10b51b2080537356214f6252969289300d6b391bf01172c"),
    SignatureCase(
        name: "AssumeRole", method: "POST", url: "https://sts.eu-west-1.amazonaws.com",
        headers: [("Content-Type", formType)],
        body: "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Faudit"
            + "&RoleSessionName=trailwatch&Version=2011-06-15",
        scope: "eu-west-1/sts", credentials: s3ExampleWithToken, time: "2026-01-02T03:04:05Z",
        signedHeaders: "content-type;host;x-amz-date;x-amz-security-token",
        signature: "66c908c708fc00c4ae27854313c5ebdf7f46e34e3aefcb561eb228c7a086d1f3"),
]

@Suite struct S3SignatureTests {
    @Test(arguments: cases)
    func `a signature is that of AWS`(of vector: SignatureCase) throws {
        let endpoint = try #require(AWSEndpoint(vector.url))
        let now = try #require(Timestamp(rfc3339: vector.time))
        let scope = vector.scope.split(separator: "/").map(String.init)
        var request = AWSRequest(
            method: vector.method, endpoint: endpoint, path: vector.path, query: vector.query, headers: vector.headers,
            body: Array(vector.body.utf8), responseBytesMax: 1, timeout: .seconds(1))
        SignatureV4(region: scope[0], service: scope[1]).sign(&request, with: vector.credentials, at: now)
        let proof = try #require(request.header("Authorization"))
        #expect(proof.hasSuffix("SignedHeaders=\(vector.signedHeaders), Signature=\(vector.signature)"), "\(proof)")
        let date = vector.time.prefix(10).filter { $0 != "-" }
        #expect(
            proof.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=\(vector.credentials.accessKeyID)/\(date)/\(vector.scope)/aws4_request, "))
    }

    @Test func `no text of credentials shows a secret`() {
        let texts = [
            "\(s3ExampleWithToken)", String(reflecting: s3ExampleWithToken), String(describing: [s3ExampleWithToken]),
            "\(s3ExampleWithToken as AWSCredentials?, default: "")",
        ]
        var dumped = ""
        dump(s3ExampleWithToken, to: &dumped)
        for text in texts + [dumped] {
            #expect(!text.contains("wJalr") && !text.contains("tok/en"), "\(text)")
            #expect(text.contains("test"))
        }
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:9000", "127.0.0.1", "http://127.0.0.1:9000/b/k%20%2B"),
            ("https://S3.example.COM/", "s3.example.com", "https://s3.example.com/b/k%20%2B"),
            ("https://proxy/s3/", "proxy", "https://proxy/s3/b/k%20%2B"),
            ("http://[::1]:9000", "::1", "http://[::1]:9000/b/k%20%2B"),
        ])
    func `an endpoint is taken apart`(text: String, host: String, url: String) throws {
        let endpoint = try #require(AWSEndpoint(text))
        #expect(endpoint.host == host)
        let request = AWSRequest(
            method: "GET", endpoint: endpoint, path: "/b/k +", responseBytesMax: 1, timeout: .seconds(1))
        #expect(request.url == url)
    }

    @Test(
        arguments: [
            "", "minio:9000", "ftp://host", "http://", "http:///path", "http://user@host", "http://u:p@host/",
            "http://host/#x", "http://ho st", "http://höst", "http://:80", "http://host\r\nX: y",
        ])
    func `an endpoint that is no address of a server is refused`(text: String) {
        #expect(AWSEndpoint(text) == nil)
    }

    @Test(
        arguments: [
            ("s3://trail", "trail", ""), ("s3://trail/", "trail", ""), ("s3://trail/a/b", "trail", "a/b/"),
            ("s3://my.trail/a b/ü/", "my.trail", "a b/ü/"), ("s3://Old_Bucket", "Old_Bucket", ""),
        ])
    func `a location is a bucket and a prefix`(url: String, bucket: String, prefix: String) throws {
        let location = try #require(S3Location(url: url))
        #expect(location.bucket == bucket)
        #expect(location.prefix == prefix)
        #expect(S3Location(url: location.url) == location)
    }

    @Test(
        arguments: [
            "trail", "S3://trail", "s3://", "s3://ab", "s3://a/b", "s3:///key", "s3://tr ail", "s3://trail//x",
            "s3://a..b", "s3://.trail", "s3://trail.", "s3://tra@il", "s3://tra:il", "s3://tr?il",
        ])
    func `a location of another form is refused`(url: String) {
        #expect(S3Location(url: url) == nil)
    }
}
