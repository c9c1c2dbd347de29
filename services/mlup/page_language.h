// What a printed page says, in Khmer or English.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

#include "mlup/log/v1/envelope.pb.h"

namespace mlup::cli {

// The words are those of the web application (projections/words.km.json). What has no word stays as
// it is. Immutable: any thread.
class PageLanguage {
 public:
  explicit PageLanguage(bool khmer);

  // `km` or `en`.
  std::string_view code() const { return khmer_ ? "km" : "en"; }

  // A label of the data, or a text of the page.
  std::string Word(std::string_view english) const;
  // A value of the data: its parts are labels, numbers and units.
  std::string Words(std::string_view english) const;
  // With digits of the language; of texts too.
  std::string Digits(std::string_view text) const;
  std::string Number(std::uint64_t number) const;
  // `2021-04-22` or `2021-04` as a person writes it; anything else with digits of the language.
  std::string Day(std::string_view day) const;
  // In Phnom Penh; empty for an unset time.
  std::string Moment(const google::protobuf::Timestamp& time) const;
  std::string Occurred(const log::v1::Occurred& occurred) const;

 private:
  std::string Days(std::string_view from, std::string_view to) const;
  std::string Phrase(const std::string& english) const;

  const bool khmer_;
  std::map<std::string, std::string, std::less<>> words_;
};

// The text with a place to break a line between any two Khmer words, which are written without
// spaces: where there is none, no program knows where a line may end.
std::string BreakBetweenKhmerWords(std::string_view text);

}  // namespace mlup::cli
