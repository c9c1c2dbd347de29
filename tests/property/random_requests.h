// Random requests of all services about a few records, so that rules take some and refuse others.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

namespace mlup::property {

// Every request follows from the seed and from those before it. One thread.
class RandomRequests {
 public:
  explicit RandomRequests(unsigned seed) : engine_(seed) {}

  // A service's RecordRequest of 1 to 4 facts. Now and then it repeats an earlier one, has an
  // earlier one's id, or is wrong by its fields, by who asks or by the revision that it names.
  std::unique_ptr<google::protobuf::Message> Next();

  // From 0 to below `bound`.
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }

 private:
  using Message = google::protobuf::Message;

  bool OneIn(int n) { return Below(n) == 0; }
  std::string NewId();
  // One of a few.
  std::string RecordId();
  std::string KnownEventOf(const std::string& stream);
  std::string Words(std::string_view text, const std::string& stream);
  // Adds a fact to `request` as protobuf text.
  std::string Fact(std::string_view service);
  void AddHead(std::string& text, const std::string& stream);
  std::string Context();
  void Break(std::string_view service, Message& request);

  std::mt19937 engine_;
  int ids_ = 0;
  int requests_ = 0;
  // Event ids that were stated, by stream, whether or not they were recorded.
  std::map<std::string, std::vector<std::string>> stated_;
  std::vector<std::unique_ptr<Message>> earlier_;
};

}  // namespace mlup::property
