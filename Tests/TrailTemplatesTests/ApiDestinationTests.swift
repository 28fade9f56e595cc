import Testing
import TrailAlarms
import TrailModel
import TrailPatterns
import TrailTemplates

/// `AWS::Events::ApiDestination` and `AWS::Events::Connection` in templates.
struct ApiDestinationTests {
    private static let head = """
        Parameters:
          Token: {Type: String, NoEcho: true, Default: hush-hush}
        Resources:
          Chat:
            Type: AWS::Events::ApiDestination
            Properties:
              ConnectionArn: !GetAtt Login.Arn
              HttpMethod: POST
              InvocationEndpoint: !Sub https://chat.example/hooks/${Token}/*
              InvocationRateLimitPerSecond: 5
          Watch:
            Type: AWS::Events::Rule
            Properties:
              EventPattern: {source: [aws.iam]}
              Targets:
                - Id: chat
                  Arn: !GetAtt Chat.Arn
                  HttpParameters:
                    HeaderParameters: {X-Token: !Ref Token}
                    QueryStringParameters: {room: ops}
                    PathParameterValues: [$.detail.eventName]
          Login:
            Type: AWS::Events::Connection
            Properties:

        """
    /// A whole template of all three types.
    static let sample =
        head + "      {AuthorizationType: BASIC, AuthParameters: {BasicAuthParameters: {Username: a, Password: b}}}\n"

    private static let oauthWarning =
        "alarms.yaml:17:16: warning: the API destination 'alarms-Chat' is not called: its connection asks for OAuth, which "
        + "this build cannot do; want BASIC or API_KEY"

    private func template(_ lines: String...) -> String { Self.head + lines.map { "      \($0)\n" }.joined() }

    private func key(_ value: String = "!Ref Token") -> String {
        template(
            "AuthorizationType: API_KEY",
            "AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: x-key, ApiKeyValue: \(value)}}")
    }

    @Test func `a destination, its connection and the rule that names it reach the set`() throws {
        let loaded = load(key())
        #expect(loaded.findings == [])
        let destination = try #require(loaded.set.apiDestinations.first)
        let connection = try #require(loaded.set.connections.first)
        let target = try #require(loaded.set.rules.first?.targets.first)
        #expect(destination.name == "alarms-Chat" && destination.method == "POST")
        #expect(destination.endpoint.revealed == "https://chat.example/hooks/hush-hush/*")
        #expect(destination.invocationRateLimitPerSecond == 5)
        #expect(destination.arn == target.arn && destination.connectionARN == connection.arn)
        #expect(connection.authorization == .apiKey(name: "x-key", value: SecretText("hush-hush")))
        #expect(target.httpParameters?.headers == ["X-Token": SecretText("hush-hush")])
        #expect(target.httpParameters?.query == ["room": SecretText("ops")])
        #expect(target.httpParameters?.pathValues == [SecretText("$.detail.eventName")])
    }

    @Test func `no printed form shows a secret`() {
        let set = load(key()).set
        var dumped = ""
        dump(set, to: &dumped)
        #expect(dumped.contains("alarms-Chat"))
        for text in [dumped, "\(set)", String(reflecting: set)] { #expect(!text.contains("hush-hush")) }
    }

    @Test func `ARNs are compared without AWS's identifier`() throws {
        let destination = try #require(load(key()).set.apiDestinations.first)
        let start = "arn:aws:events:us-east-1:000000000000:api-destination/"
        #expect(destination.isNamed(by: start + "alarms-Chat/11111111-2222-3333-4444-555555555555"))
        #expect(destination.isNamed(by: start + "alarms-Chat"))
        #expect(!destination.isNamed(by: start + "alarms-Chat2"))
        #expect(!destination.isNamed(by: start))
        #expect(!destination.isNamed(by: "alarms-Chat"))
    }

    @Test func `other ways of authorisation`() throws {
        let basic = load(
            template(
                "Name: login", "AuthorizationType: BASIC",
                "AuthParameters: {BasicAuthParameters: {Username: me, Password: !Ref Token}}"))
        #expect(basic.findings == [])
        #expect(basic.set.connections.first?.name == "login")
        #expect(
            basic.set.connections.first?.authorization
                == .basic(username: SecretText("me"), password: SecretText("hush-hush")))
        let oauth = load(
            template(
                "AuthorizationType: OAUTH_CLIENT_CREDENTIALS", "AuthParameters:",
                "  InvocationHttpParameters: {HeaderParameters: [{Key: X-A, Value: b, IsValueSecret: true}]}",
                "  OAuthParameters:", "    AuthorizationEndpoint: https://login.example/token", "    HttpMethod: POST",
                "    ClientParameters: {ClientID: id, ClientSecret: !Ref Token}",
                "    OAuthHttpParameters: {BodyParameters: [{Key: grant_type, Value: client_credentials}]}"))
        #expect(oauth.findings == [Self.oauthWarning])
        let connection = try #require(oauth.set.connections.first)
        #expect(connection.parameters.headers == [.init("X-A", SecretText("b"))])
        guard case .clientCredentials(let credentials) = connection.authorization else {
            Issue.record("no client credentials")
            return
        }
        #expect(credentials.endpoint.revealed == "https://login.example/token" && credentials.method == "POST")
        #expect(credentials.clientSecret.revealed == "hush-hush")
        #expect(credentials.parameters.body == [.init("grant_type", SecretText("client_credentials"))])
    }

    @Test(arguments: ["http://chat.example", "ftp://chat.example", "https://", "https://a b", "chat.example"])
    func `an endpoint is https, and is not shown when it is not`(endpoint: String) {
        let text = key().replacing("!Sub https://chat.example/hooks/${Token}/*", with: "'\(endpoint)'")
        #expect(
            load(text).findings == [
                "alarms.yaml:9:27: error: cannot read InvocationEndpoint of Chat: got an address of another form; want "
                    + "https://…"
            ])
    }

    @Test func `an endpoint without encryption is on this machine, where AWS takes none`() {
        let text = key().replacing("!Sub https://chat.example/hooks/${Token}/*", with: "http://127.0.0.1:9/*")
        let loaded = load(text)
        #expect(loaded.set.apiDestinations.count == 1)
        #expect(
            loaded.findings == [
                "alarms.yaml:9:27: warning: AWS refuses the InvocationEndpoint of Chat: it is no https address"
            ])
    }

    @Test func `a secret that AWS keeps leaves its connection out`() {
        let findings = load(key("'{{resolve:secretsmanager:s}}'")).findings
        #expect(findings.count == 1)
        #expect(findings.last?.contains("warning: ApiKeyAuthParameters of AuthParameters of Login is not used") == true)
        #expect(findings.last?.contains("give it by a parameter with NoEcho") == true)
    }

    @Test func `a connection that is not loaded is a note`() {
        let arn = "arn:aws:events:us-east-1:000000000000:connection/other/1"
        let text = key().replacing("!GetAtt Login.Arn", with: "'\(arn)'")
        #expect(
            load(text).findings == [
                "alarms.yaml:7:22: note: the API destination 'alarms-Chat' cannot be called: its connection \(arn) is not "
                    + "loaded"
            ])
    }

    @Test(arguments: [
        (
            ["AuthorizationType: BASIC", "AuthParameters: {ApiKeyAuthParameters: {}}"],
            "got it beside AuthorizationType"
        ),
        (["AuthorizationType: API_KEY"], "cannot read Login: got no AuthParameters; want one"),
        (["AuthorizationType: NONE", "AuthParameters: {}"], "want one of API_KEY, BASIC, OAUTH_CLIENT_CREDENTIALS"),
    ])
    func `a faulty connection is an error`(lines: [String], want: String) {
        let loaded = load(Self.head + lines.map { "      \($0)\n" }.joined())
        #expect(loaded.findings.contains { $0.contains(" error: ") && $0.contains(want) }, "\(loaded.findings)")
        #expect(loaded.set.connections == [])
    }

    @Test func `names and ARNs are what Ref and GetAtt give`() throws {
        let text =
            key() + """
                  Busy:
                    Type: AWS::SNS::Topic
                    Properties:
                      TopicName: t
                      DisplayName: !Join [' ', [!Ref Watch, !Ref Chat, !Ref Login, !GetAtt Watch.Arn]]

                """
        let name = try #require(load(text).set.topics.first?.displayName)
        #expect(
            name == "alarms-Watch alarms-Chat alarms-Login arn:aws:events:us-east-1:000000000000:rule/alarms-Watch")
    }
}
