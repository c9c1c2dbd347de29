// Every call of every service has its place: in the table, or in a role that is delivered.
#include "services/accounts/calls.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/files.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/bus/v1/group_service.pb.h"
#include "mlup/identity/v1/sign_in_service.pb.h"
#include "mlup/installation/v1/installation_service.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/log/v1/proof_service.pb.h"
#include "mlup/record/v1/record_service.pb.h"
#include "mlup/relay/v1/relay_service.pb.h"
#include "mlup/reports/v1/projection_service.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "mlup/search/v1/search_service.pb.h"
#include "mlup/sharing/v1/sharing_service.pb.h"
#include "services/domain/fact_table.h"
#include "services/identity/policy.h"

namespace mlup::accounts {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

// A new service stands here too: the daemon serves no other.
std::vector<const google::protobuf::ServiceDescriptor*> Services() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const google::protobuf::FileDescriptor* file :
       {audit::v1::RecordAccessed::descriptor()->file(),
        bus::v1::ListGroupsRequest::descriptor()->file(),
        identity::v1::SignInRequest::descriptor()->file(),
        installation::v1::DescribeRequest::descriptor()->file(),
        log::v1::HeadRequest::descriptor()->file(),
        log::v1::GetCheckpointRequest::descriptor()->file(),
        record::v1::RecordEachRequest::descriptor()->file(),
        relay::v1::PingRequest::descriptor()->file(),
        reports::v1::GetReportRequest::descriptor()->file(),
        reports::v1::RebuildProjectionRequest::descriptor()->file(),
        search::v1::SearchPersonsRequest::descriptor()->file(),
        sharing::v1::ListSubscribersRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    services.push_back(service.descriptor);
  }
  return services;
}

std::string NameOf(const MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

TEST(CallsTest, EveryCallIsInTheTableOrARoleMayMakeIt) {
  const auto text = SystemFiles().ReadAll(MLUP_DEPLOY_FOLDER "/roles.textproto");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto policy = identity::Policy::Parse(*text);
  ASSERT_TRUE(policy.ok()) << policy.status();
  std::size_t calls = 0;
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i, ++calls) {
      const std::string name = NameOf(*service->method(i));
      if (NeedsOf(name) == Needs::kRole) {
        EXPECT_TRUE(policy->SomeRoleMayCall(name)) << name << " is in no role and in no table";
      }
    }
  }
  EXPECT_GT(calls, 50U);
}

TEST(CallsTest, WhatNeedsNoSignInIsLittle) {
  std::set<std::string> open;
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string name = NameOf(*service->method(i));
      if (NeedsOf(name) == Needs::kNothing) open.insert(name);
    }
  }
  EXPECT_EQ(open, (std::set<std::string>{"mlup.identity.v1.SignInService/BeginOpenId",
                                         "mlup.identity.v1.SignInService/BeginSignIn",
                                         "mlup.identity.v1.SignInService/SignIn"}));
  EXPECT_EQ(NeedsOf("grpc.health.v1.Health/Check"), Needs::kNothing);
  EXPECT_EQ(NeedsOf("mlup.cases.v1.CaseService/Record"), Needs::kSignIn);
  EXPECT_EQ(NeedsOf("mlup.no.v1.Such/Call"), Needs::kRole);
  EXPECT_EQ(NeedsOf("somebody.Elses/Record"), Needs::kRole);
}

// A request that names who asks does so where the door looks.
TEST(CallsTest, WhoAsksStandsWhereItIsLookedFor) {
  const std::set<std::string> looked_at = {"actor_id", "actor.actor_id", "reader.actor_id"};
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const Descriptor& request = *service->method(i)->input_type();
      for (int f = 0; f < request.field_count(); ++f) {
        const FieldDescriptor& field = *request.field(f);
        if (field.name().find("actor") != std::string::npos &&
            field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          EXPECT_TRUE(looked_at.contains(field.name())) << field.full_name();
        }
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field.is_repeated()) continue;
        if (field.message_type() == command::v1::CommandContext::descriptor()) continue;
        if (field.message_type()->FindFieldByName("actor_id") == nullptr) continue;
        EXPECT_TRUE(looked_at.contains(absl::StrCat(field.name(), ".actor_id")))
            << field.full_name();
      }
    }
  }
}

TEST(CallsTest, TheKeyringOpensTheLogAndTheFirstAccount) {
  EXPECT_TRUE(IsInside("mlup.log.v1.EventStore/Append"));
  EXPECT_TRUE(IsInside("mlup.identity.v1.SignInService/Bootstrap"));
  EXPECT_FALSE(IsInside("mlup.audit.v1.AuditService/GetCaseHistory"));
  EXPECT_FALSE(IsInside("mlup.cases.v1.CaseService/Record"));
}

}  // namespace
}  // namespace mlup::accounts
