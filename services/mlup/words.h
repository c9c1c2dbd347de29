// What a person reads for enum values, days and times.
#pragma once

#include <string>

#include "absl/time/time.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include "mlup/identity/v1/account_events.pb.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::cli {

// `UNIT_UNIQUE_PERSONS` as `unique_persons`: the value without the name of its type, in lower case;
// empty for the value 0.
std::string EnumCode(const google::protobuf::EnumDescriptor& type, int number);

// The same with spaces: `unique persons`.
std::string EnumWords(const google::protobuf::EnumDescriptor& type, int number);

// `2021-02-17`, `2021-02`, `2021-Q1`, `2021`, `2021-02-20..2021-03-31`, `2021-02-17 09:30` or
// `unknown`.
std::string OccurredWords(const log::v1::Occurred& occurred);

// Where and when a role holds: `mro, own caseload, until 2027-01-31`.
std::string GrantWords(const identity::v1::RoleGranted& grant);

// `2021-04-22 16:05:09` in Phnom Penh; empty for an unset time.
std::string TimeWords(const google::protobuf::Timestamp& time);
std::string TimeWords(absl::Time time);

// `2021-04-22 16:05` in Phnom Penh.
std::string MinuteWords(absl::Time time);

// `2021-04-22` in Phnom Penh; empty for an unset time.
std::string DayWords(const google::protobuf::Timestamp& time);

}  // namespace mlup::cli
