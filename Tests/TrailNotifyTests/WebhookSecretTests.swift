import Testing
import TrailModel
import TrailNotify

/// The header by which receivers know our messages without certificates.
struct WebhookSecretTests {
    // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'correct horse battery'
    @Test(arguments: ["correct horse battery", "\n correct horse battery\r\n"])
    func `the signature is HMAC-SHA256 over time and body, whatever stands around the secret`(file: String) throws {
        let header = try #require(WebhookSecret(file)).header(
            for: #"{"a":1}"#, at: Timestamp(milliseconds: 1_700_000_000_999))
        #expect(header.name == "X-Trailwatch-Signature")
        #expect(
            header.value
                == "t=1700000000,sha256=98a51b330afc58453095af8ed727e6cc4bd565edb4230482620146eda751b416")
    }

    @Test(arguments: ["", "short", "  123456789012345  "])
    func `a secret that is soon guessed is none`(text: String) {
        #expect(WebhookSecret(text) == nil)
    }
}
