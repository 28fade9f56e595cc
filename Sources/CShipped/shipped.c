// Puts the files of Alarms/ into the binary: the compiler reads them, so that no generated copy can fall behind, and a
// change of one of them builds this file again. A test compares the list with the folder.

#include "shipped.h"

// Clang knows the directive in every C standard, and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char cis_aws_foundations[] = {
#embed "../../Alarms/cis-aws-foundations.yaml" suffix(, 0)
};

static const unsigned char critical_events[] = {
#embed "../../Alarms/critical-events.yaml" suffix(, 0)
};

static const unsigned char data_access[] = {
#embed "../../Alarms/data-access.yaml" suffix(, 0)
};

static const unsigned char error_rate[] = {
#embed "../../Alarms/error-rate.yaml" suffix(, 0)
};

static const unsigned char organization[] = {
#embed "../../Alarms/organization.yaml" suffix(, 0)
};

static const unsigned char pagerduty[] = {
#embed "../../Alarms/pagerduty.yaml" suffix(, 0)
};

static const unsigned char slack[] = {
#embed "../../Alarms/slack.yaml" suffix(, 0)
};

static const unsigned char teams[] = {
#embed "../../Alarms/teams.yaml" suffix(, 0)
};

static const unsigned char topics[] = {
#embed "../../Alarms/topics.yaml" suffix(, 0)
};

static const unsigned char trailwatch_health[] = {
#embed "../../Alarms/trailwatch-health.yaml" suffix(, 0)
};

static const struct {
    const char *name;
    const unsigned char *text;
} files[] = {
    {"cis-aws-foundations.yaml", cis_aws_foundations},
    {"critical-events.yaml", critical_events},
    {"data-access.yaml", data_access},
    {"error-rate.yaml", error_rate},
    {"organization.yaml", organization},
    {"pagerduty.yaml", pagerduty},
    {"slack.yaml", slack},
    {"teams.yaml", teams},
    {"topics.yaml", topics},
    {"trailwatch-health.yaml", trailwatch_health},
};

int shipped_file_count(void) {
    return (int)(sizeof files / sizeof files[0]);
}

const char *shipped_file_name(int index) {
    return files[index].name;
}

const char *shipped_file_text(int index) {
    return (const char *)files[index].text;
}
