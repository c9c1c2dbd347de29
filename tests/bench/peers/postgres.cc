// PostgreSQL in two forms. `index`: a unique index of stream and revision refuses what is not
// expected. `lock`: a function as that of message-db, which takes a lock of the stream and compares
// its last revision.
#include <algorithm>
#include <array>
#include <deque>

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <poll.h>

#include "tests/bench/peers/store.h"

namespace mlup::bench {
namespace {

constexpr char kSchema[] = R"(
create table events (
  position bigint generated always as identity primary key,
  stream text not null,
  revision bigint not null,
  event bytea not null,
  unique (stream, revision));
create function write_event(of_stream text, expected bigint, what bytea) returns bigint language plpgsql as $$
declare last bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(of_stream, 0));
  select max(revision) into last from events where stream = of_stream;
  if coalesce(last, 0) <> expected then
    raise exception 'wrong expected revision';
  end if;
  insert into events (stream, revision, event) values (of_stream, expected + 1, what);
  return expected + 1;
end $$;)";

// The object ids of types, which PostgreSQL never changes.
constexpr Oid kText = 25;
constexpr Oid kBigint = 20;
constexpr Oid kBytes = 17;
constexpr std::array<Oid, 3> kOneTypes = {kText, kBigint, kBytes};
constexpr std::array<Oid, 3> kManyTypes = {1009, 1016, 1001};

struct Statement {
  const char* name;
  const char* text;
  const std::array<Oid, 3>& types;
};
const std::array<Statement, 4> kStatements = {{
    {"index", "insert into events (stream, revision, event) values ($1, $2 + 1, $3)", kOneTypes},
    {"lock", "select write_event($1, $2, $3)", kOneTypes},
    {"many",
     "insert into events (stream, revision, event) select * from unnest($1::text[], $2::bigint[], "
     "$3::bytea[])",
     kManyTypes},
    {"notify",
     "with added as (insert into events (stream, revision, event) values ($1, $2 + 1, $3) "
     "returning position) select pg_notify('events', position::text) from added",
     kOneTypes},
}};

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;
struct Close {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connected = std::unique_ptr<PGconn, Close>;

bool Good(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Result Ask(PGconn& connection, const std::string& text) {
  Result result(PQexecParams(&connection, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1));
  CHECK(Good(result.get()));
  return result;
}

std::uint64_t Load(const char* bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string Network(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  return bytes;
}

void Add32(std::string& bytes, std::size_t value) {
  const std::uint32_t network = htonl(static_cast<std::uint32_t>(value));
  bytes.append(reinterpret_cast<const char*>(&network), sizeof network);
}

// An array in PostgreSQL's binary form.
class Array {
 public:
  Array(Oid type, std::size_t size) {
    for (const std::size_t word :
         {std::size_t{1}, std::size_t{0}, std::size_t{type}, size, std::size_t{1}})
      Add32(bytes_, word);
  }
  void Add(const std::string& value) {
    Add32(bytes_, value.size());
    bytes_ += value;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

using Values = std::array<std::string, 3>;

Values OneRow(const Append& append) {
  return {append.pieces[0].stream, Network(append.pieces[0].revision),
          append.events[0].SerializeAsString()};
}

Values ManyRows(const Append& append) {
  const std::size_t size = append.events.size();
  Array streams(kText, size);
  Array revisions(kBigint, size);
  Array events(kBytes, size);
  std::size_t at = 0;
  for (const Piece& piece : append.pieces) {
    for (std::size_t i = 1; i <= piece.events; ++i) {
      streams.Add(piece.stream);
      revisions.Add(Network(piece.revision + i));
      events.Add(append.events[at++].SerializeAsString());
    }
  }
  return {streams.bytes(), revisions.bytes(), events.bytes()};
}

class Postgres final : public Store {
 public:
  explicit Postgres(const StoreOptions& options) : options_(options) {
    for (std::size_t i = 0; i < std::min(options.connections, options.in_flight); ++i) {
      connections_.push_back({Open(), {}, false, false});
    }
  }

  bool connected() const { return connections_[0].pg != nullptr; }

  void Create() override {
    PQexitPipelineMode(connections_[0].pg.get());
    CHECK(Good(Result(PQexec(connections_[0].pg.get(), kSchema)).get()));
    CHECK(PQenterPipelineMode(connections_[0].pg.get()) == 1);
  }

  void Start(std::size_t slot, const Append& append) override {
    Connection& connection = connections_[slot % connections_.size()];
    if (!connection.prepared) Prepare(connection);
    const bool many = append.events.size() > 1;
    const char* name = many ? "many" : follower_ != nullptr ? "notify" : options_.form.c_str();
    Execute(*connection.pg, name, many ? ManyRows(append) : OneRow(append));
    connection.owed.push_back(slot);
  }

  void Wait(std::vector<Answer>& answers) override {
    std::vector<pollfd> wanted;
    for (Connection& connection : connections_) {
      const int unsent = PQflush(connection.pg.get());
      CHECK(unsent >= 0);
      wanted.push_back({PQsocket(connection.pg.get()),
                        static_cast<std::int16_t>(unsent == 0 ? POLLIN : POLLIN | POLLOUT), 0});
    }
    while (answers.empty()) {
      CHECK(poll(wanted.data(), wanted.size(), 30'000) > 0);
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].revents != 0) Take(connections_[i], answers);
      }
    }
  }

  // Ways: `copy` in the order of the table, `cursor` in the order of positions.
  void Replay(const std::string& way, Decoder& decoder) override {
    const Connected pg = OpenPlain();
    way == "cursor" ? Cursor(*pg, decoder) : Copy(*pg, decoder);
  }

  void ReadStream(const std::string& stream, Decoder& decoder) override {
    if (reader_ == nullptr) {
      reader_ = OpenPlain();
      CHECK(Good(Result(PQprepare(reader_.get(), "stream",
                                  "select event from events where stream = $1 order by revision", 1,
                                  kOneTypes.data()))
                     .get()));
    }
    const char* value = stream.c_str();
    Decode(Result(PQexecPrepared(reader_.get(), "stream", 1, &value, nullptr, nullptr, 1)),
           decoder);
  }

  void Follow() override {
    follower_ = OpenPlain();
    Ask(*follower_, "listen events");
    const Result last = Ask(*follower_, "select coalesce(max(position), 0) from events");
    last_ = Load(PQgetvalue(last.get(), 0, 0), 8);
    CHECK(Good(
        Result(PQprepare(follower_.get(), "after",
                         "select event, position from events where position > $1 order by position",
                         1, &kBigint))
            .get()));
  }

  void NextDelivery(Decoder& decoder) override {
    PQflush(connections_[0].pg.get());
    while (!Notified()) {
      pollfd wanted = {PQsocket(follower_.get()), POLLIN, 0};
      CHECK(poll(&wanted, 1, 10'000) > 0);
      CHECK(PQconsumeInput(follower_.get()) == 1);
    }
    const std::string after = Network(last_);
    const char* value = after.data();
    const int size = 8;
    const int binary = 1;
    const Result rows(PQexecPrepared(follower_.get(), "after", 1, &value, &size, &binary, 1));
    Decode(rows, decoder);
    last_ = Load(PQgetvalue(rows.get(), PQntuples(rows.get()) - 1, 1), 8);
  }

 private:
  struct Connection {
    Connected pg;
    std::deque<std::size_t> owed;
    bool prepared = false;
    // What the append at the front was answered so far.
    bool taken = false;
  };

  Connected OpenPlain() const {
    Connected pg(PQconnectdb(options_.server.c_str()));
    return PQstatus(pg.get()) == CONNECTION_OK ? std::move(pg) : nullptr;
  }

  Connected Open() const {
    Connected pg = OpenPlain();
    if (pg == nullptr) return pg;
    CHECK(PQenterPipelineMode(pg.get()) == 1);
    return pg;
  }

  // The table is not there yet when a connection is made.
  static void Prepare(Connection& connection) {
    PGconn* pg = connection.pg.get();
    PQexitPipelineMode(pg);
    for (const Statement& one : kStatements) {
      CHECK(Good(Result(PQprepare(pg, one.name, one.text, 3, one.types.data())).get()));
    }
    CHECK(PQenterPipelineMode(pg) == 1 && PQsetnonblocking(pg, 1) == 0);
    connection.prepared = true;
  }

  static void Execute(PGconn& pg, const char* name, const Values& values) {
    std::array<const char*, 3> starts = {};
    std::array<int, 3> sizes = {};
    for (std::size_t i = 0; i < values.size(); ++i) {
      starts[i] = values[i].data();
      sizes[i] = static_cast<int>(values[i].size());
    }
    static constexpr std::array<int, 3> kBinary = {1, 1, 1};
    CHECK(PQsendQueryPrepared(&pg, name, 3, starts.data(), sizes.data(), kBinary.data(), 1) == 1);
    CHECK(PQpipelineSync(&pg) == 1);
  }

  // An append is answered by its result, a null and the end of its transaction.
  static void Take(Connection& connection, std::vector<Answer>& answers) {
    PGconn* pg = connection.pg.get();
    CHECK(PQconsumeInput(pg) == 1);
    CHECK(PQflush(pg) >= 0);
    while (!connection.owed.empty() && PQisBusy(pg) == 0) {
      const Result result(PQgetResult(pg));
      if (result == nullptr) continue;
      if (PQresultStatus(result.get()) != PGRES_PIPELINE_SYNC) {
        connection.taken = Good(result.get());
        continue;
      }
      answers.push_back({connection.owed.front(), connection.taken});
      connection.owed.pop_front();
    }
  }

  static void Decode(const Result& rows, Decoder& decoder) {
    CHECK(PQresultStatus(rows.get()) == PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(rows.get()); ++i) {
      decoder.Bytes(PQgetvalue(rows.get(), i, 0),
                    static_cast<std::size_t>(PQgetlength(rows.get(), i, 0)));
    }
  }

  static void Cursor(PGconn& pg, Decoder& decoder) {
    Ask(pg, "begin");
    Ask(pg,
        "declare all_events no scroll cursor for select event, position, stream, revision from "
        "events order by position");
    while (true) {
      const Result page = Ask(pg, "fetch 1000 from all_events");
      Decode(page, decoder);
      if (PQntuples(page.get()) < 1000) break;
    }
    Ask(pg, "commit");
  }

  // A message of COPY is a row: the number of its fields, and for each its length and bytes. The
  // first begins with a header.
  static void Copy(PGconn& pg, Decoder& decoder) {
    constexpr int kHeader = 19;
    Result started(
        PQexec(&pg, "copy events (event, position, stream, revision) to stdout (format binary)"));
    CHECK(PQresultStatus(started.get()) == PGRES_COPY_OUT);
    char* row = nullptr;
    bool first = true;
    for (int size = PQgetCopyData(&pg, &row, 0); size > 0; size = PQgetCopyData(&pg, &row, 0)) {
      const char* at = row + (first ? kHeader : 0);
      if (row + size >= at + 6 && at[0] == 0) {
        decoder.Bytes(at + 6, Load(at + 2, 4));
      }
      first = false;
      PQfreemem(row);
    }
    started.reset(PQgetResult(&pg));
    CHECK(PQresultStatus(started.get()) == PGRES_COMMAND_OK);
    started.reset(PQgetResult(&pg));
  }

  bool Notified() {
    bool found = false;
    while (PGnotify* notice = PQnotifies(follower_.get())) {
      PQfreemem(notice);
      found = true;
    }
    return found;
  }

  const StoreOptions options_;
  std::vector<Connection> connections_;
  Connected reader_;
  Connected follower_;
  // Position of the last event delivered.
  std::uint64_t last_ = 0;
};

}  // namespace

std::unique_ptr<Store> Connect(const StoreOptions& options) {
  auto store = std::make_unique<Postgres>(options);
  return store->connected() ? std::move(store) : nullptr;
}

}  // namespace mlup::bench
