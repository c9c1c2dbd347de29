// Three threads over all groups: one reads and hands out, one watches the log, one saves.
#include "eventstore/bus/group_host.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include <pthread.h>

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_file.h"
#include "eventstore/bus/group_pb.h"
#include "eventstore/bus/hosted_group.h"
#include "eventstore/bus/tail.h"
#include "eventstore/log/history.h"

namespace mlup::log {
namespace {

// How long a thread may take to notice that it should stop, or that the clock was moved.
constexpr absl::Duration kWait = absl::Milliseconds(50);

using Group = std::shared_ptr<HostedGroup>;

absl::Status Unknown(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "GROUP_UNKNOWN",
               absl::StrCat("there is no group `", ToAbsl(name), "`"));
}

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down");
}

absl::StatusOr<Revision> LastRevision(EventLog& log, const std::string& stream) {
  pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_direction(pb::DIRECTION_BACKWARD);
  request.set_limit(1);
  ASSIGN_OR_RETURN(const pb::ReadStreamResponse page, log.ReadStream(request));
  return Revision{page.last_revision()};
}

// A group that has done nothing yet.
absl::StatusOr<StoredGroup> Begin(EventLog& log, const GroupDefinition& definition) {
  StoredGroup stored{.definition = definition, .state = {}};
  const GroupStart& start = definition.start;
  if (start.from_end) {
    ASSIGN_OR_RETURN(stored.state.read_to, log.Head());
    if (!definition.target.stream.empty()) {
      ASSIGN_OR_RETURN(stored.read_to_revision, LastRevision(log, definition.target.stream));
    }
  } else if (start.after.has_value()) {
    stored.state.read_to = *start.after;
  } else if (start.revision.has_value() && start.revision->value > 0) {
    stored.read_to_revision = {start.revision->value - 1};
  }
  ASSIGN_OR_RETURN(stored.history, HistoryAt(log, stored.state.read_to));
  return stored;
}

}  // namespace

std::string_view GroupConditionWord(GroupCondition condition) {
  switch (condition) {
    case GroupCondition::kLive:
      return "live";
    case GroupCondition::kCatchingUp:
      return "catching_up";
    case GroupCondition::kStalled:
      return "stalled";
  }
  return "";
}

GroupConsumer::GroupConsumer(std::shared_ptr<HostedGroup> group, ConsumerId id)
    : group_(std::move(group)), id_(id) {}
GroupConsumer::~GroupConsumer() { group_->Disconnect(id_); }
std::size_t GroupConsumer::Ack(const std::vector<Position>& positions) {
  return group_->Ack(id_, positions);
}
std::size_t GroupConsumer::Nack(const std::vector<Position>& positions, NackAction action,
                                std::string_view reason) {
  return group_->Nack(id_, positions, action, reason);
}
void GroupConsumer::Continue() { group_->Continue(id_); }

// Everything that runs; destroyed after Close().
struct GroupHost::State {
  State(const Parts& parts, Options options)
      : tail(parts.log),
        host{.parts = {tail, parts.files, parts.clock},
             .options = std::move(options),
             .wake = [this] { Wake(); }} {}

  void Wake() {
    {
      MutexLock lock(mutex);
      awake = true;
    }
    changed.NotifyAll();
  }

  std::vector<Group> Groups() {
    std::vector<Group> list;
    MutexLock lock(mutex);
    list.reserve(groups.size());
    for (const auto& [name, group] : groups) list.push_back(group);
    return list;
  }

  absl::StatusOr<Group> Find(std::string_view name) {
    MutexLock lock(mutex);
    if (closing) return ShuttingDown();
    const auto found = groups.find(name);
    if (found == groups.end()) return Unknown(name);
    return found->second;
  }

  bool Closing() {
    MutexLock lock(mutex);
    return closing;
  }

  // One step of every group; when the next one is due.
  bool StepAll(absl::Time& due) {
    Position known;
    {
      MutexLock lock(mutex);
      awake = false;
      known = head;
    }
    bool any = false;
    due = absl::InfiniteFuture();
    for (const Group& group : Groups()) {
      any = group->Step(known) || any;
      due = std::min(due, group->NextDue());
    }
    return any;
  }

  void Work() {
    pthread_setname_np(pthread_self(), "mlup-groups");
    while (!Closing()) {
      absl::Time due;
      if (StepAll(due)) continue;
      const absl::Duration left =
          std::clamp(due - host.parts.clock.Now(), absl::Milliseconds(1), kWait);
      MutexLock lock(mutex);
      if (awake || closing || SleepWithoutGroups()) continue;
      changed.WaitFor(mutex, absl::ToChronoMilliseconds(left));
    }
  }

  // Where there are no groups there is nothing to do until one is made. Whether it slept.
  bool SleepWithoutGroups() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (!groups.empty() || closing) return false;
    changed.Wait(mutex);
    return true;
  }

  void Follow() {
    pthread_setname_np(pthread_self(), "mlup-group-head");
    while (!Closing()) {
      Position seen;
      {
        MutexLock lock(mutex);
        // Nobody to read for: appends do not pay for this thread.
        if (SleepWithoutGroups()) continue;
        seen = head;
      }
      const absl::StatusOr<Position> now = host.parts.log.WaitPast(seen, kWait);
      if (now.ok() && *now > seen) {
        MoveHead(seen, *now);
      } else if (!now.ok()) {
        MutexLock lock(mutex);
        if (!closing) changed.WaitFor(mutex, absl::ToChronoMilliseconds(kWait));
      }
    }
  }

  void MoveHead(Position seen, Position to) {
    if (to > seen) tail.Refresh(seen, to);
    {
      MutexLock lock(mutex);
      head = std::max(head, to);
    }
    Wake();
  }

  void SaveAll() {
    for (const Group& group : Groups()) group->SaveIfDue(host.parts.clock.Now());
  }

  void KeepSaved() {
    pthread_setname_np(pthread_self(), "mlup-group-save");
    while (!Closing()) {
      SaveAll();
      MutexLock lock(mutex);
      if (closing || SleepWithoutGroups()) continue;
      to_save.WaitFor(mutex, absl::ToChronoMilliseconds(host.options.save_interval));
    }
  }

  absl::Status Load() {
    Files& files = host.parts.files;
    RETURN_IF_ERROR(files.MakeFolder(host.options.folder));
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(host.options.folder));
    for (const std::string& name : names) {
      if (!IsGroupFileName(name)) continue;
      const std::string path = absl::StrCat(host.options.folder, "/", name);
      ASSIGN_OR_RETURN(const std::string bytes, files.ReadAll(path));
      absl::StatusOr<StoredGroup> stored = ParseGroup(bytes);
      if (!stored.ok()) {
        // The others are not to wait for it. It is kept for whoever has to find out where it was.
        Tell(absl::StrCat("group_set_aside file=\"", path, "\" because=\"",
                          stored.status().message(), "\""));
        RETURN_IF_ERROR(files.Rename(path, path + ".damaged"));
        continue;
      }
      const std::string group = stored->definition.name;
      MutexLock lock(mutex);
      groups[group] = std::make_shared<HostedGroup>(host, *std::move(stored));
    }
    return absl::OkStatus();
  }

  // What is new is read once for all groups.
  Tail tail;
  HostedGroup::Host host;

  // Held by whoever makes, changes or deletes groups, with the writing of files.
  Mutex changing;

  Mutex mutex;
  Condition changed;
  Condition to_save;
  bool closing ABSL_GUARDED_BY(mutex) = false;
  bool awake ABSL_GUARDED_BY(mutex) = false;
  Position head ABSL_GUARDED_BY(mutex);
  std::map<std::string, Group, std::less<>> groups ABSL_GUARDED_BY(mutex);

  // Last, so that everything they use is made before them.
  std::vector<std::jthread> threads;
};

absl::StatusOr<std::unique_ptr<GroupHost>> GroupHost::Open(const Parts& parts, Options options) {
  const bool threads = options.threads;
  auto state = std::make_unique<State>(parts, std::move(options));
  RETURN_IF_ERROR(state->Load());
  if (threads) {
    State* const running = state.get();
    running->threads.emplace_back([running] { running->Work(); });
    running->threads.emplace_back([running] { running->Follow(); });
    running->threads.emplace_back([running] { running->KeepSaved(); });
  }
  return std::unique_ptr<GroupHost>(new GroupHost(std::move(state)));
}

GroupHost::GroupHost(std::unique_ptr<State> state) : state_(std::move(state)) {}
GroupHost::~GroupHost() { Close(); }

absl::Status GroupHost::Create(const GroupDefinition& definition) {
  RETURN_IF_ERROR(CheckDefinition(definition));
  MutexLock changing(state_->changing);
  absl::Status found = state_->Find(definition.name).status();
  if (found.ok()) {
    return Error(absl::StatusCode::kAlreadyExists, "GROUP_EXISTS",
                 absl::StrCat("there is a group `", definition.name, "`"));
  }
  if (!absl::IsNotFound(found)) return found;
  if (state_->Groups().size() >= kGroupsMax) {
    return Error(absl::StatusCode::kResourceExhausted, "GROUPS_FULL",
                 absl::StrCat("all ", kGroupsMax, " groups are taken: delete one"));
  }
  ASSIGN_OR_RETURN(StoredGroup stored, Begin(state_->host.parts.log, definition));
  const auto group = std::make_shared<HostedGroup>(state_->host, std::move(stored));
  RETURN_IF_ERROR(group->Save());
  {
    MutexLock lock(state_->mutex);
    state_->groups[definition.name] = group;
  }
  state_->changed.NotifyAll();
  return absl::OkStatus();
}

absl::Status GroupHost::Update(std::string_view name, const GroupSettings& settings,
                               const std::optional<GroupStart>& start) {
  RETURN_IF_ERROR(CheckSettings(settings));
  MutexLock changing(state_->changing);
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  std::optional<StoredGroup> anew;
  if (start.has_value()) {
    GroupDefinition definition = group->definition();
    RETURN_IF_ERROR(CheckStart(*start, !definition.target.stream.empty()));
    definition.start = *start;
    ASSIGN_OR_RETURN(anew, Begin(state_->host.parts.log, definition));
  }
  group->Change(settings, anew);
  return group->Save();
}

absl::Status GroupHost::Delete(std::string_view name) {
  MutexLock changing(state_->changing);
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  RETURN_IF_ERROR(group->Erase());
  {
    MutexLock lock(state_->mutex);
    state_->groups.erase(state_->groups.find(name));
  }
  group->Close(Error(absl::StatusCode::kNotFound, "GROUP_DELETED", "the group was deleted"));
  return absl::OkStatus();
}

absl::StatusOr<GroupStatus> GroupHost::Get(std::string_view name) {
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  EventLog& log = state_->host.parts.log;
  ASSIGN_OR_RETURN(const Position head, log.Head());
  const std::string stream = group->definition().target.stream;
  Revision last;
  if (!stream.empty()) {
    ASSIGN_OR_RETURN(last, LastRevision(log, stream));
  }
  return group->Status(head, last);
}

std::vector<GroupStatus> GroupHost::List() {
  std::vector<GroupStatus> list;
  for (const Group& group : state_->Groups()) {
    absl::StatusOr<GroupStatus> status = Get(group->definition().name);
    // A log that cannot be read must not hide its groups.
    list.push_back(status.ok() ? *std::move(status) : group->Status({}, {}));
  }
  return list;
}

absl::StatusOr<std::unique_ptr<GroupConsumer>> GroupHost::Connect(std::string_view name,
                                                                  ConsumerOptions options) {
  if (options.credits == 0 || options.credits > kGroupInFlightMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "CREDITS_INVALID", "credits",
                      absl::StrCat("1 to ", kGroupInFlightMax));
  }
  if (options.name.size() > kEnvelopeTextMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "TEXT_TOO_LONG", "consumer",
                      absl::StrCat("at most ", kEnvelopeTextMax, " bytes"));
  }
  if (state_->host.consumers >= kGroupConsumersTotalMax) {
    return Error(absl::StatusCode::kResourceExhausted, "CONSUMERS_FULL",
                 absl::StrCat("all ", kGroupConsumersTotalMax, " consumers are taken"));
  }
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  ASSIGN_OR_RETURN(const ConsumerId id, group->Connect(std::move(options)));
  return std::make_unique<GroupConsumer>(group, id);
}

absl::StatusOr<std::vector<ParkedEvent>> GroupHost::ListParked(std::string_view name,
                                                               Position after, std::size_t limit) {
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  return group->ListParked(after, limit);
}

absl::StatusOr<std::size_t> GroupHost::ReplayParked(std::string_view name,
                                                    const std::vector<Position>& positions,
                                                    std::size_t limit) {
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  const std::size_t count = group->ReplayParked(positions, limit);
  RETURN_IF_ERROR(group->Save());
  return count;
}

absl::StatusOr<std::size_t> GroupHost::SkipParked(std::string_view name,
                                                  const std::vector<Position>& positions) {
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  const std::size_t count = group->SkipParked(positions);
  RETURN_IF_ERROR(group->Save());
  return count;
}

absl::Status GroupHost::Resume(std::string_view name) {
  ASSIGN_OR_RETURN(const Group group, state_->Find(name));
  group->Resume();
  return group->Save();
}

bool GroupHost::RunOnce() {
  const absl::StatusOr<Position> head = state_->host.parts.log.Head();
  Position seen;
  {
    MutexLock lock(state_->mutex);
    seen = state_->head;
  }
  if (head.ok()) state_->MoveHead(seen, *head);
  absl::Time due;
  const bool any = state_->StepAll(due);
  state_->SaveAll();
  return any;
}

void GroupHost::Close() {
  {
    MutexLock lock(state_->mutex);
    if (state_->closing) return;
    state_->closing = true;
  }
  state_->changed.NotifyAll();
  state_->to_save.NotifyAll();
  state_->threads.clear();
  for (const Group& group : state_->Groups()) {
    group->Close(ShuttingDown());
    // What cannot be saved is delivered again after the next start.
    group->Save().IgnoreError();
  }
}

}  // namespace mlup::log
