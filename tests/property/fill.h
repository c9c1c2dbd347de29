// Fills a message by the rules of its fields, with marked words in every personal field.
#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace mlup::property {

// Words that stand in personal fields and nowhere else, by the form of the field.
inline constexpr char kCanaryWord[] = "canary7f3a";
inline constexpr char kCanaryDay[] = "1987-06-05";
inline constexpr char kCanaryId[] = "0badcafe-0000-7000-8000-00000badcafe";

// The person whom everything is about.
inline constexpr char kPersonId[] = "018f3c6e-0000-7000-8000-000000000001";

// Gives every field a value that its rule allows; lists get one item or the fewest allowed.
void Fill(google::protobuf::Message& message);

// Gives a value to every field that must have one and has none, also in sub-messages that are
// there.
void FillRequired(google::protobuf::Message& message);

// Puts a control character behind every personal text, which the rules of fields refuse.
void Spoil(google::protobuf::Message& message);

// Whether a field of the message or of one inside it is personal.
bool HoldsPersonal(const google::protobuf::Descriptor& type);

}  // namespace mlup::property
