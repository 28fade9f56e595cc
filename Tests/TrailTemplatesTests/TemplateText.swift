import TrailModel
import TrailTemplates
import TrailYAML

/// The product's own, since Swift Testing has a type of the same name.
typealias Place = TrailModel.SourceLocation

/// Loads texts as the files `alarms.yaml`, `second.yaml`, … and gives the findings as they are printed.
func load(
    _ texts: String..., settings: TemplateSettings = TemplateSettings()
) -> (set: AlarmSet, findings: [String]) {
    let names = ["alarms.yaml", "second.yaml", "third.yaml"]
    let documents = zip(texts, names).map { TemplateDocument(yaml: $0, file: $1) }
    let (set, diagnostics) = TemplateLoader(settings: settings).load(documents)
    return (set, diagnostics.map(\.description))
}

/// A template with one alarm on a built-in metric; `changes` replace or add properties, an empty text removes one.
///
/// The alarm's properties start in line 5, column 7, in the order of the names.
func alarmTemplate(_ changes: [String: String] = [:], head: String = "") -> String {
    var properties = [
        "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": "1", "MetricName": "EventCount",
        "Namespace": "CloudTrail", "Period": "300", "Statistic": "Sum", "Threshold": "10",
    ]
    for (name, value) in changes { properties[name] = value }
    var text = "Resources:\n  Busy:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n"
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) where value != "" {
        text += "      \(name): \(value)\n"
    }
    return text + head
}

/// A template with one metric filter; the transformation's members are in one line.
func filterTemplate(
    properties: String = "", pattern: String = "'{ $.eventName = \"CreateUser\" }'",
    transformation: String = "MetricName: Users, MetricNamespace: Own, MetricValue: '1'"
) -> String {
    """
    Resources:
      Users:
        Type: AWS::Logs::MetricFilter
        Properties:
          LogGroupName: trail
          FilterPattern: \(pattern)
          MetricTransformations: [{\(transformation)}]
    \(properties)
    """
}
