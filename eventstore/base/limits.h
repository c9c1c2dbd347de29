// Every bound of the product in one place. Sizes are bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mlup {

inline constexpr std::size_t kEventBytesMax = (1 << 20) + (16 << 10);  // 1 MiB and its envelope
inline constexpr std::size_t kAppendBytesMax = 7 << 19;                // one Append()
inline constexpr std::size_t kGroupBytesMax = 16 << 20;     // records of one commit group
inline constexpr std::size_t kAppendEventsMax = 8192;       // events in one Append()
inline constexpr std::size_t kAppendStreamsMax = 4096;      // writes in one Append()
inline constexpr std::size_t kAppendQueueMax = 4096;        // appends waiting for the committer
inline constexpr std::size_t kRoundAppendsMax = 1024;       // appends that are queued together
inline constexpr std::size_t kSessionBatchMax = 256;        // appends in a message of a session
inline constexpr std::size_t kSessionOpenMax = 1024;        // its appends without an answer
inline constexpr std::size_t kClientQueueMax = 16 << 10;    // appends not sent by a client
inline constexpr std::size_t kClientBytesMax = 64 << 20;    // their bytes
inline constexpr std::size_t kSessionsMax = 256;            // append sessions of one server
inline constexpr std::size_t kReadEventsMax = 1024;         // records in one page
inline constexpr std::size_t kReadBytesMax = 2 << 20;       // bytes of records in one page
inline constexpr std::size_t kStreamNameMax = 1030;         // category, slash and id
inline constexpr std::size_t kRecordFactsBytesMax = 192;    // of a record, beside event and stream
inline constexpr std::size_t kStoreCacheBytes = 128 << 20;  // read from RocksDB, unless set
inline constexpr std::size_t kRequestIdMax = 64;            // characters of a request id
inline constexpr std::size_t kSubjectsMax = 256;            // data subjects of one event
inline constexpr std::size_t kSaltBytes = 16;               // salt of a subject's part
inline constexpr std::size_t kEnvelopeTextMax = 255;        // one text of an event's envelope
inline constexpr std::size_t kEventTypeMax = 65535;         // type of an event
inline constexpr std::size_t kCosignaturesMax = 16;         // cosigned checkpoints that are kept
inline constexpr std::size_t kNoteBytesMax = 16 << 10;      // one signed note
inline constexpr std::size_t kSigningKeysMax = 64;          // keys that a log has had
inline constexpr std::size_t kBundleBytesMax = 256 << 20;   // one audit bundle
inline constexpr std::size_t kMergedRecordsMax = 64;      // records of one person in an audit file
inline constexpr std::size_t kExportEventsMax = 100'000;  // events of one exported file
inline constexpr std::size_t kBundlePieceMax = 1 << 20;   // one piece of it on its way
inline constexpr std::size_t kBundlesMax = 4;             // bundles on their way at a time
inline constexpr int kTextDepthMax = 64;                  // nesting of a file in text form
inline constexpr std::size_t kSchemaBytesMax = 16 << 20;  // a snapshot of the schema
inline constexpr std::size_t kJsonDepthMax = 64;          // nesting of JSON from outside
inline constexpr std::size_t kRelayWaitingMax = 100'000;  // events that one relay has read ahead
inline constexpr std::size_t kRelayFreshBytesMax = 4 << 20;  // events that one relay keeps at hand
inline constexpr std::size_t kRelayStateBytesMax = 4 << 20;  // growth of a relay's state file
inline constexpr std::size_t kRelaySkippedMax = 1000;        // skipped events a relay remembers
inline constexpr std::size_t kWebhookRequestsMax = 8;        // requests to one webhook at a time
inline constexpr std::size_t kWebhookSecretsMax = 4;         // secrets of one webhook
inline constexpr std::size_t kNatsPublishesMax = 64;         // publishes without an answer
inline constexpr std::size_t kSubscriptionsMax = 256;        // live subscriptions of one server
inline constexpr std::size_t kFilterTextMax = 1030;          // one text of a filter
inline constexpr std::size_t kFilterEntriesMax = 64;         // entries in one list of a filter
inline constexpr std::size_t kGroupsMax = 256;               // consumer groups of one server
inline constexpr std::size_t kGroupNameMax = 1160;           // name of a consumer group
inline constexpr std::size_t kGroupConsumersMax = 64;        // consumers of one group
inline constexpr std::size_t kGroupConsumersTotalMax = 256;  // consumers of one server
inline constexpr std::size_t kGroupInFlightMax = 4096;       // events at the consumers of a group
inline constexpr std::size_t kGroupUnfinishedMax = 8192;     // with those that wait in the group
inline constexpr std::size_t kGroupParkedMax = 1024;         // parked events of one group
inline constexpr std::size_t kGroupReasonMax = 200;          // why an event is parked
inline constexpr std::size_t kGroupFaceDataMax = 4 << 10;    // what a face keeps with a group
inline constexpr std::size_t kGroupCacheBytesMax = 4 << 20;  // events that a group keeps at hand
inline constexpr std::size_t kTailBytesMax = 8 << 20;        // latest events kept for followers
inline constexpr std::size_t kTailRecordsMax = 4 << 10;      // the same, counted
inline constexpr std::size_t kSharedRunsMax = 32;            // pages kept for all who fold the log
inline constexpr std::size_t kSharedBytesMax = 8 << 20;      // the same, about their bytes
inline constexpr std::size_t kSubscribersMax = 256;          // subscribers of one installation
inline constexpr std::size_t kAgreementFilterEntriesMax = 48;  // leaves room for corrections
inline constexpr std::size_t kStatusPathsMax = 1024;           // ways to subscribers on the board
inline constexpr std::size_t kHttpConnectionsMax = 256;        // HTTP connections at a time
inline constexpr std::size_t kHttpStreamsMax = 192;            // of these, streams of subscribers
inline constexpr std::size_t kHttpStreamsOfOneMax = 32;        // of these, of one subscriber
inline constexpr std::size_t kHttpHeaderBytesMax = 16 << 10;   // header of one HTTP request
inline constexpr std::size_t kRpcCallsMax = 8192;              // calls of a queue, awaited ones too
inline constexpr std::size_t kHttpBodyBytesMax = 256 << 10;    // body of one HTTP request
inline constexpr std::size_t kJsonBytesMax = 1 << 20;          // one JSON text from outside
inline constexpr std::size_t kMessageReceiveMax = 5 << 20;     // one gRPC request
inline constexpr std::size_t kMessageSendMax = 4 << 20;        // one gRPC response
inline constexpr std::size_t kEsdbReceiveMax = 17 << 20;     // one request of EventStoreDB clients
inline constexpr std::size_t kEsdbAppendBytesMax = 1 << 20;  // contents of one append of theirs
inline constexpr std::size_t kEsdbNameMax = 1024;            // their stream names, after `ext/$$`
inline constexpr std::size_t kEsdbTypeMax = 1024;            // their event and content types
inline constexpr std::size_t kEsdbInFlightMax = 4096;        // their appends in one call
inline constexpr std::size_t kEsdbOwnersMax = 16 << 10;      // streams whose owners are kept
inline constexpr std::size_t kEsdbReadsOfOneMax = 256;       // of one subscriber
inline constexpr std::size_t kEsdbGroupsOfOneMax = 64;       // groups of one subscriber
inline constexpr std::size_t kEsdbReadsMax = 1024;           // their reads and subscriptions
inline constexpr std::size_t kEsdbBytesOfOneMax = 64 << 20;  // of one subscriber: its appends under
                                                             // way, and apart from them its pages
inline constexpr std::size_t kEsdbNewConnectionsMax = 256;   // of these, without a first word
inline constexpr std::size_t kEsdbLinkStreamsMax = 64;       // link streams whose numbers are kept
inline constexpr std::size_t kAccountsMax = 4096;            // of one installation
inline constexpr std::size_t kSignedInMax = 16 << 10;        // sessions of all accounts
inline constexpr std::size_t kSignedInOfOneMax = 32;  // sessions of one account; the oldest ends
inline constexpr std::size_t kCredentialsBytesMax = 16 << 20;  // the file of credentials
inline constexpr std::size_t kPasskeysOfOneMax = 16;           // of one account
inline constexpr std::size_t kSlowedMax = 16 << 10;            // names whose sign-ins failed
inline constexpr std::size_t kReadingsMax = 16 << 10;          // recent ones that are remembered
inline constexpr std::size_t kSearchedPersonsMax = 250'000;    // whom a search finds
inline constexpr std::size_t kCandidatesMax = 50;              // of one search
inline constexpr std::size_t kRecordFactsMax = 64;             // facts in one request
inline constexpr std::size_t kRecordEachMax = 256;             // requests in one RecordEach
inline constexpr std::size_t kHeldCasesMax = 1024;             // cases that a device holds
inline constexpr int kCommandRetriesMax = 3;                   // tries again after ABORTED
inline constexpr std::size_t kKnownStreamsMax = 16 << 10;      // streams kept as commands saw them
inline constexpr std::size_t kRegisteredMax = 256 << 10;       // streams known to hold something
inline constexpr std::size_t kKnownStreamBytesMax = 64 << 20;  // about what they take
inline constexpr std::size_t kTextCharactersMax =
    4000;                                              // any text field without a bound of its own
inline constexpr std::size_t kRepeatedItemsMax = 256;  // any list without a bound of its own

static_assert(kEventBytesMax <= kAppendBytesMax);
static_assert(kAppendBytesMax < kMessageReceiveMax);
static_assert(2 * kRecordFactsMax <= kAppendStreamsMax);
static_assert(kEsdbAppendBytesMax < kEventBytesMax);
static_assert(kEsdbNameMax + 6 <= kStreamNameMax);
static_assert(kStreamNameMax <= kFilterTextMax && kEsdbTypeMax <= kFilterTextMax);
// Each record repeats the name of its stream, so that a small request becomes a large block.
static_assert(kAppendBytesMax + kAppendEventsMax * (kStreamNameMax + kRecordFactsBytesMax) <=
              kGroupBytesMax);
static_assert(kBundlePieceMax < kMessageSendMax);
static_assert(kReadBytesMax + kEventBytesMax <= kMessageSendMax);
static_assert(kAgreementFilterEntriesMax + 8 <= kFilterEntriesMax);

// Bytes of a disk below which nothing is appended but what a reading must leave behind, and which a
// file keeps for the start after the disk was full.
inline constexpr std::uint64_t kLowRoomBytes = 32 << 20;

}  // namespace mlup
